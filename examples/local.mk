# SPDX-License-Identifier: MIT

noinst_PROGRAMS += %D%/daemonize %D%/fetch %D%/tcp-server
if HAVE_OPENSSL
noinst_PROGRAMS += %D%/tls-client
%C%_tls_client_LDADD = libepipe.la -lssl -lcrypto
endif
if HAVE_LDAP
noinst_PROGRAMS += %D%/ldap-daemon %D%/ldap-scope
%C%_ldap_daemon_LDADD = -lldap -llber
%C%_ldap_scope_LDADD = libepipe.la -lldap -llber
endif
EXTRA_DIST += %D%/Slapd.pm %D%/demo %D%/fetch-servers %D%/ldap-daemon.pl

demo: all
	EPIPE_BUILD='$(abs_top_builddir)' $(srcdir)/%D%/demo
