#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# ldap-daemon.pl: the look-up daemon of ldap-daemon.c, with Net::LDAP.  For each
# name on standard input it has two searches under way at once and answers with
# one line.  It reconnects when the server has gone away, and knows nothing of
# SIGPIPE; nor does Net::LDAP, whose syswrite is what kills it.
#
#     ldap-daemon.pl ldap://127.0.0.1/ dc=example,dc=org [CA-FILE]
#     epipe ldap-daemon.pl ldap://127.0.0.1/ dc=example,dc=org [CA-FILE]

use strict;
use warnings;

use Net::LDAP;
use Net::LDAP::Constant qw(LDAP_LOCAL_ERROR LDAP_OPERATIONS_ERROR LDAP_SERVER_DOWN
    LDAP_SUCCESS);

if (@ARGV && $ARGV[0] =~ /\A-(?:h|-help)\z/) {
    print "Usage: ldap-daemon.pl URI BASE [CA-FILE]\n",
        "Read names from standard input and look each up in the server at URI.\n";
    exit 0;
}
@ARGV == 2 || @ARGV == 3 or die "Usage: ldap-daemon.pl URI BASE [CA-FILE]\n";
my ($uri, $base, $ca_file) = @ARGV;
my $ldap;

# What Net::LDAP reports for a connection that is gone: a write that failed, an
# end of file where an answer was due, and a connection known to be closed.
my %gone = map { $_ => 1 } LDAP_LOCAL_ERROR, LDAP_OPERATIONS_ERROR, LDAP_SERVER_DOWN;

# look_up(NAME): a result code, and the answer if that is LDAP_SUCCESS.
sub look_up {
    my ($name) = @_;
    $ldap ||= Net::LDAP->new($uri, async => 1, timeout => 10,
        $ca_file ? (verify => 'require', cafile => $ca_file) : ())
        or return LDAP_SERVER_DOWN;
    my $person_filter = "(&(objectClass=person)(cn=$name))";
    my $groups_filter = "(member=cn=$name,$base)";
    my @searches = (
        $ldap->search(base => $base, filter => $person_filter, attrs => ['sn']),
        $ldap->search(base => $base, filter => $groups_filter, attrs => ['cn']),
    );
    for my $search (@searches) {
        return $search->code if $search->code != LDAP_SUCCESS;
    }
    my $person = $searches[0]->entry(0) or return (LDAP_SUCCESS, 'not found');
    my $groups = join ',', map { $_->get_value('cn') } $searches[1]->entries;
    return (LDAP_SUCCESS, $person->get_value('sn') . ", groups: $groups");
}

$| = 1;
while (defined(my $name = <STDIN>)) {
    chomp $name;
    # The names go into search filters: whatever is special there is refused.
    if ($name !~ /\A[\w.-]{1,64}\z/a) {
        print "not a name\n";
        next;
    }
    my ($code, $answer) = look_up($name);
    if ($gone{$code}) {
        undef $ldap;
        ($code, $answer) = look_up($name);
        print STDERR "ldap-daemon.pl: server down, reconnected\n" if $code == LDAP_SUCCESS;
    }
    undef $ldap if $code != LDAP_SUCCESS;
    print "$name: ", $code == LDAP_SUCCESS ? $answer : "error $code", "\n";
}
