/* SPDX-License-Identifier: MIT
 *
 * ldap-sockbuf: libldap without SIGPIPE, and without this library: a layer of liblber's just
 * above the socket, below TLS, that writes by send() with MSG_NOSIGNAL.
 *
 *     ldap-sockbuf [--plain]     to a server whose end of the connection is gone
 */

#include <ldap.h>
#include <openldap.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int set_up(Sockbuf_IO_Desc *layer, void *unused)
{
    (void)layer;
    (void)unused;
    return 0;
}

static int take_down(Sockbuf_IO_Desc *layer)
{
    (void)layer;
    return 0;
}

static int control(Sockbuf_IO_Desc *layer, int option, void *argument)
{
    return LBER_SBIOD_CTRL_NEXT(layer, option, argument);
}

static ber_slen_t read_next(Sockbuf_IO_Desc *layer, void *buffer, ber_len_t size)
{
    return LBER_SBIOD_READ_NEXT(layer, buffer, size);
}

static ber_slen_t write_nosignal(Sockbuf_IO_Desc *layer, void *buffer, ber_len_t size)
{
    ber_socket_t fd;

    if (ber_sockbuf_ctrl(layer->sbiod_sb, LBER_SB_OPT_GET_FD, &fd) < 0)
        return -1;
    return send(fd, buffer, size, MSG_NOSIGNAL);
}

static Sockbuf_IO nosignal = {set_up, take_down, control, read_next, write_nosignal, NULL};

/* A handle for the connection FD.  (For those that libldap makes itself lc_add of
 * LDAP_OPT_CONNECT_CB is the place to add the layer.) */
static LDAP *open_handle(int fd, int plain)
{
    LDAP *ldap;
    Sockbuf *buffer;

    if (ldap_init_fd(fd, LDAP_PROTO_IPC, "ldapi:///", &ldap) != LDAP_SUCCESS)
        return NULL;
    if (plain)
        return ldap;
    if (ldap_get_option(ldap, LDAP_OPT_SOCKBUF, &buffer) != LDAP_OPT_SUCCESS ||
        ber_sockbuf_add_io(buffer, &nosignal, LBER_SBIOD_LEVEL_PROVIDER, NULL) != 0)
        return NULL;
    return ldap;
}

int main(int argc, char **argv)
{
    int ends[2], number, version = LDAP_VERSION3;
    int plain = argc > 1 && strcmp(argv[1], "--plain") == 0;
    LDAP *ldap;

    if (argc > 1 && !plain)
        return fputs("Usage: ldap-sockbuf [--plain]\n", stderr), 1;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0 || close(ends[1]) != 0)
        return 1;
    ldap = open_handle(ends[0], plain);
    if (ldap == NULL)
        return fputs("ldap-sockbuf: no handle\n", stderr), 1;
    ldap_set_option(ldap, LDAP_OPT_PROTOCOL_VERSION, &version);
    printf("ldap_search_ext: %s\n",
           ldap_err2string(ldap_search_ext(ldap, "", LDAP_SCOPE_BASE, NULL, NULL, 0, NULL,
                                           NULL, NULL, 0, &number)));
    ldap_unbind_ext(ldap, NULL, NULL);
    return 0;
}
