/* SPDX-License-Identifier: MIT
 *
 * ldap-scope: the look-up daemon of ldap-daemon.c, linked with libepipe.  All that
 * libldap writes is written in an EPIPE_SCOPE: a connection that the server has
 * closed is then what libldap says, LDAP_SERVER_DOWN, and the daemon connects anew.
 *
 *     ldap-scope [--install] [--plain] ldap://127.0.0.1/ dc=example,dc=org
 */

#include <getopt.h>
#include <ldap.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <epipe.h>

struct directory {
    LDAP *ld;
    const char *uri;
    const char *base;
    bool reconnected;
};

struct search {
    char filter[512];
    char *attributes[2];
    char text[256]; /* what was found, as a list with commas */
    int id;
};

/* It sends a request, too: to be called in a scope. */
static void disconnect(struct directory *dir)
{
    if (dir->ld)
        ldap_unbind_ext(dir->ld, NULL, NULL);
    dir->ld = NULL;
}

static int connect_to(struct directory *dir)
{
    const int version = LDAP_VERSION3;
    int rc = ldap_initialize(&dir->ld, dir->uri);

    return rc == LDAP_SUCCESS ? ldap_set_option(dir->ld, LDAP_OPT_PROTOCOL_VERSION, &version)
                              : rc;
}

static int take_result(struct directory *dir, struct search *search)
{
    struct timeval timeout = {.tv_sec = 10};
    LDAPMessage *result = NULL;
    int rc = LDAP_TIMEOUT;
    int type = ldap_result(dir->ld, search->id, LDAP_MSG_ALL, &timeout, &result);

    if (type < 0)
        ldap_get_option(dir->ld, LDAP_OPT_RESULT_CODE, &rc);
    if (type <= 0)
        return rc;
    for (LDAPMessage *entry = ldap_first_entry(dir->ld, result); entry;
         entry = ldap_next_entry(dir->ld, entry)) {
        struct berval **values = ldap_get_values_len(dir->ld, entry, search->attributes[0]);
        size_t used = strlen(search->text);

        if (values && values[0])
            snprintf(search->text + used, sizeof search->text - used, "%s%.*s",
                     used ? "," : "", (int)values[0]->bv_len, values[0]->bv_val);
        ldap_value_free_len(values);
    }
    type = ldap_parse_result(dir->ld, result, &rc, NULL, NULL, NULL, NULL, 1);
    return type == LDAP_SUCCESS ? rc : type;
}

/* Two searches under way at once.  On TCP it is the second request that meets the
 * reset with which the first was answered. */
static int look_up(struct directory *dir, struct search searches[2])
{
    int rc = dir->ld ? LDAP_SUCCESS : connect_to(dir);

    for (int i = 0; i < 2 && rc == LDAP_SUCCESS; i++)
        rc = ldap_search_ext(dir->ld, dir->base, LDAP_SCOPE_SUBTREE, searches[i].filter,
                             searches[i].attributes, 0, NULL, NULL, NULL, LDAP_NO_LIMIT,
                             &searches[i].id);
    for (int i = 0; i < 2 && rc == LDAP_SUCCESS; i++)
        rc = take_result(dir, &searches[i]);
    return rc;
}

/* Looks up, and again over a new connection if the server has gone. */
static int look_up_surely(struct directory *dir, struct search searches[2])
{
    int rc = look_up(dir, searches);

    dir->reconnected = rc == LDAP_SERVER_DOWN;
    if (dir->reconnected) {
        disconnect(dir);
        searches[0].text[0] = searches[1].text[0] = '\0';
        rc = look_up(dir, searches);
    }
    if (rc != LDAP_SUCCESS)
        disconnect(dir);
    return rc;
}

/* The scope ends before anything is printed: if nobody reads standard output any more,
 * this program is to end by SIGPIPE as a filter does. */
static void serve(struct directory *dir, const char *name, bool plain)
{
    static char sn[] = "sn", cn[] = "cn";
    struct search searches[2] = {{.attributes = {sn}}, {.attributes = {cn}}};
    int rc = LDAP_OTHER;

    snprintf(searches[0].filter, sizeof searches[0].filter,
             "(&(objectClass=person)(cn=%s))", name);
    snprintf(searches[1].filter, sizeof searches[1].filter, "(member=cn=%s,%s)", name,
             dir->base);
    if (plain)
        rc = look_up_surely(dir, searches);
    else
        EPIPE_SCOPE
        {
            rc = look_up_surely(dir, searches);
        }
    if (rc == LDAP_SUCCESS && dir->reconnected)
        fprintf(stderr, "ldap-scope: server down, reconnected\n");
    if (rc == LDAP_SUCCESS)
        printf("%s: %s, groups: %s\n", name, searches[0].text, searches[1].text);
    else
        printf("%s: %s\n", name, ldap_err2string(rc));
}

/* The names go into search filters: whatever is special there is refused. */
static bool is_name(const char *name)
{
    return *name && strlen(name) <= 64 && !strpbrk(name, "()*\\,+\"<>;=# \t");
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"install", no_argument, NULL, 'i'},
                                            {"plain", no_argument, NULL, 'p'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    struct directory dir = {.ld = NULL};
    bool plain = false, install = false;
    char *line = NULL;
    size_t size = 0;
    int option;

    while ((option = getopt_long(argc, argv, "iph", options, NULL)) > 0 && option != 'h' &&
           option != '?') {
        plain = plain || option == 'p';
        install = install || option == 'i';
    }
    if (option > 0 || argc - optind != 2) {
        fputs("Usage: ldap-scope [-i] [-p] URI BASE\n"
              "Read names from standard input and look each up in the server at URI.\n\n"
              "  -i, --install  call epipe_install() before\n"
              "  -p, --plain    without a scope: be killed by SIGPIPE\n"
              "  -h, --help     show this text\n",
              option == 'h' ? stdout : stderr);
        return option == 'h' ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    dir.uri = argv[optind];
    dir.base = argv[optind + 1];
    if (install && epipe_install() != 0)
        perror("ldap-scope: epipe_install"); /* then a scope is three system calls */
    setvbuf(stdout, NULL, _IOLBF, 0);
    while (getline(&line, &size, stdin) > 0) {
        line[strcspn(line, "\n")] = '\0';
        if (is_name(line))
            serve(&dir, line, plain);
        else
            printf("not a name\n");
    }
    free(line);
    EPIPE_SCOPE disconnect(&dir);
    return EXIT_SUCCESS;
}
