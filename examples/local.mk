# SPDX-License-Identifier: MIT

noinst_PROGRAMS += %D%/daemonize %D%/fetch %D%/stdio-socket %D%/tcp-server
if HAVE_OPENSSL
noinst_PROGRAMS += %D%/tls-bio %D%/tls-client
%C%_tls_bio_LDADD = -lssl -lcrypto
%C%_tls_client_LDADD = libepipe.la -lssl -lcrypto
endif
if HAVE_LDAP
noinst_PROGRAMS += %D%/ldap-daemon %D%/ldap-scope %D%/ldap-sockbuf
%C%_ldap_sockbuf_LDADD = -lldap -llber
%C%_ldap_daemon_LDADD = -lldap -llber
%C%_ldap_scope_LDADD = libepipe.la -lldap -llber
endif
EXTRA_DIST += %D%/Slapd.pm %D%/demo %D%/epipe_scope.py %D%/fetch-servers %D%/ldap-daemon.pl %D%/scope.pl

demo: all
	TEST_BUILD='$(abs_top_builddir)' $(srcdir)/%D%/demo
