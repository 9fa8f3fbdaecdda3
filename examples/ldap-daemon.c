/* SPDX-License-Identifier: MIT
 *
 * ldap-daemon: a look-up daemon as many are written, on a connection that it
 * keeps open.  For each name that it reads it has two searches under way at once,
 * for the person and for the groups, and answers with one line.  It reconnects
 * when the server has gone away, and knows nothing of SIGPIPE: where the server
 * has closed the connection, libldap's write() kills it before it gets that far.
 *
 *     ldap-daemon ldap://127.0.0.1/ dc=example,dc=org
 *     epipe ldap-daemon ldap://127.0.0.1/ dc=example,dc=org
 */

#include <getopt.h>
#include <ldap.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

struct directory {
    LDAP *ld;
    const char *uri;
    const char *base;
    bool start_tls;
};

struct answer {
    char person[128];
    char groups[256];
};

static const struct timeval patience = {.tv_sec = 10};

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

    if (rc == LDAP_SUCCESS)
        rc = ldap_set_option(dir->ld, LDAP_OPT_PROTOCOL_VERSION, &version);
    if (rc == LDAP_SUCCESS)
        rc = ldap_set_option(dir->ld, LDAP_OPT_NETWORK_TIMEOUT, &patience);
    if (rc == LDAP_SUCCESS && dir->start_tls)
        rc = ldap_start_tls_s(dir->ld, NULL, NULL);
    if (rc != LDAP_SUCCESS)
        disconnect(dir);
    return rc;
}

static int send_search(struct directory *dir, const char *filter, char *attribute, int *id)
{
    char *attributes[] = {attribute, NULL};

    return ldap_search_ext(dir->ld, dir->base, LDAP_SCOPE_SUBTREE, filter, attributes, 0,
                           NULL, NULL, NULL, LDAP_NO_LIMIT, id);
}

/* Appends what one search found to `text`, as a list with commas. */
static int take_result(struct directory *dir, int id, const char *attribute, char *text,
                       size_t size)
{
    struct timeval timeout = patience;
    LDAPMessage *result = NULL;
    int rc = LDAP_SUCCESS;
    int type = ldap_result(dir->ld, id, LDAP_MSG_ALL, &timeout, &result);

    if (type == 0)
        return LDAP_TIMEOUT;
    if (type < 0) {
        ldap_get_option(dir->ld, LDAP_OPT_RESULT_CODE, &rc);
        return rc;
    }
    for (LDAPMessage *entry = ldap_first_entry(dir->ld, result); entry;
         entry = ldap_next_entry(dir->ld, entry)) {
        struct berval **values = ldap_get_values_len(dir->ld, entry, attribute);
        size_t used = strlen(text);

        if (values && values[0])
            snprintf(text + used, size - used, "%s%.*s", used ? "," : "",
                     (int)values[0]->bv_len, values[0]->bv_val);
        ldap_value_free_len(values);
    }
    type = ldap_parse_result(dir->ld, result, &rc, NULL, NULL, NULL, NULL, 1);
    return type == LDAP_SUCCESS ? rc : type;
}

static int look_up(struct directory *dir, const char *name, struct answer *answer)
{
    static char sn[] = "sn", cn[] = "cn";
    char person[256], groups[512];
    int person_id = 0, groups_id = 0;
    int rc = LDAP_SUCCESS;

    memset(answer, 0, sizeof(*answer));
    snprintf(person, sizeof(person), "(&(objectClass=person)(cn=%s))", name);
    snprintf(groups, sizeof(groups), "(member=cn=%s,%s)", name, dir->base);

    if (!dir->ld)
        rc = connect_to(dir);
    if (rc == LDAP_SUCCESS)
        rc = send_search(dir, person, sn, &person_id);
    if (rc == LDAP_SUCCESS)
        rc = send_search(dir, groups, cn, &groups_id);
    if (rc == LDAP_SUCCESS)
        rc = take_result(dir, person_id, sn, answer->person, sizeof(answer->person));
    if (rc == LDAP_SUCCESS)
        rc = take_result(dir, groups_id, cn, answer->groups, sizeof(answer->groups));
    return rc;
}

static void serve(struct directory *dir, const char *name)
{
    struct answer answer;
    int rc = look_up(dir, name, &answer);

    if (rc == LDAP_SERVER_DOWN) {
        disconnect(dir);
        rc = look_up(dir, name, &answer);
        if (rc == LDAP_SUCCESS)
            fprintf(stderr, "ldap-daemon: server down, reconnected\n");
    }
    if (rc != LDAP_SUCCESS) {
        printf("%s: %s\n", name, ldap_err2string(rc));
        disconnect(dir);
    } else if (!answer.person[0]) {
        printf("%s: not found\n", name);
    } else {
        printf("%s: %s, groups: %s\n", name, answer.person, answer.groups);
    }
}

/* The names go into search filters: whatever is special there is refused. */
static bool is_name(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789._-";
    size_t length = strlen(name);

    return length > 0 && length <= 64 && strspn(name, letters) == length;
}

static void usage(FILE *to)
{
    fputs("Usage: ldap-daemon [-Z] URI BASE\n"
          "Read names from standard input and look each up in the server at URI.\n\n"
          "  -Z, --starttls  use StartTLS\n"
          "  -h, --help      show this text\n\n"
          "URI is ldap://, ldaps:// or ldapi://; certificates are checked as\n"
          "ldap.conf(5) and LDAPTLS_CACERT say.\n",
          to);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"starttls", no_argument, NULL, 'Z'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    struct directory dir = {.ld = NULL};
    char *line = NULL;
    size_t size = 0;
    int option;

    while ((option = getopt_long(argc, argv, "Zh", options, NULL)) != -1) {
        if (option == 'Z') {
            dir.start_tls = true;
        } else {
            usage(option == 'h' ? stdout : stderr);
            return option == 'h' ? EXIT_SUCCESS : EXIT_FAILURE;
        }
    }
    if (argc - optind != 2) {
        usage(stderr);
        return EXIT_FAILURE;
    }
    dir.uri = argv[optind];
    dir.base = argv[optind + 1];

    setvbuf(stdout, NULL, _IOLBF, 0);
    while (getline(&line, &size, stdin) > 0) {
        line[strcspn(line, "\n")] = '\0';
        if (is_name(line))
            serve(&dir, line);
        else
            printf("not a name\n");
    }
    free(line);
    disconnect(&dir);
    return EXIT_SUCCESS;
}
