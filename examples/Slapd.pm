# SPDX-License-Identifier: MIT
#
# Slapd: an OpenLDAP server of one's own for as long as an object lives, run as
# an ordinary process from a temporary directory.  It answers on a unix socket
# and on 127.0.0.1 only.  The demo and the LDAP test use it.
#
#   my $slapd = Slapd->new(servers => 'servers');
#   $slapd->uri('ldaps');  $slapd->ca_file;  $slapd->restart;

package Slapd;

use strict;
use warnings;

use Carp qw(croak);
use Cwd qw(abs_path);
use File::Glob qw(bsd_glob);
use File::Path qw(remove_tree);
use File::Spec;
use File::Temp qw(tempdir);
use IO::Select;
use IO::Socket::INET;
use IO::Socket::UNIX;
use POSIX qw(WNOHANG);
use Scalar::Util qw(weaken);
use Time::HiRes qw(time);

use constant {
    BASE    => 'dc=example,dc=org',
    TIMEOUT => 15,      # seconds for a start or a stop, a loaded machine included
};

my %live;               # what END has to clean up

# locate(DIR, PATH): PATH below DIR, or the system's own, or undef.
sub locate {
    my ($servers, $path) = @_;
    my ($found) = grep { -e } (defined $servers ? "$servers/$path" : ()), "/$path";
    return $found;
}

# new(servers => DIR): DIR is what fetch-servers has filled.
sub new {
    my ($class, %arg) = @_;
    my $servers = defined $arg{servers} ? abs_path($arg{servers}) : undef;
    my $self = bless { owner => $$, entries => $arg{entries} || 3 }, $class;

    $self->{slapd}   = locate($servers, 'usr/sbin/slapd');
    $self->{schema}  = locate($servers, 'etc/ldap/schema/core.schema');
    $self->{modules} = locate($servers, 'usr/lib/ldap');
    $self->{slapd} && $self->{schema} && $self->{modules}
        or croak 'no slapd here: run ./bootstrap';
    my $own = defined $servers && index($self->{slapd}, "$servers/") == 0;
    $self->{library_path} = join ':', $own ? bsd_glob("$servers/{usr/,}lib/*-linux-*") : ();

    # sun_path holds 107 bytes; a long TMPDIR would not fit.
    my $tmp = length(File::Spec->tmpdir) < 60 ? File::Spec->tmpdir : '/tmp';
    $self->{dir} = tempdir('slapd-XXXXXXXX', DIR => $tmp);
    weaken($live{$self} = $self);

    # A bound socket that never listens keeps the port for us while the server is
    # down: slapd may bind it as well, since both sides set SO_REUSEADDR.
    for my $scheme (qw(ldap ldaps)) {
        my $reserved = IO::Socket::INET->new(
            LocalAddr => '127.0.0.1', LocalPort => 0, Proto => 'tcp', ReuseAddr => 1)
            or croak "cannot bind a port on 127.0.0.1: $!";
        $self->{reserved}{$scheme} = $reserved;
        $self->{uri}{$scheme} = "$scheme://127.0.0.1:" . $reserved->sockport;
    }
    $self->{socket} = "$self->{dir}/ldapi";
    $self->{uri}{ldapi} = 'ldapi://' . $self->{socket} =~ s{/}{%2F}gr;

    $self->_make_certificate;
    $self->_make_database;
    $self->start;
    return $self;
}

sub base    { return BASE }
sub uri     { my ($self, $scheme) = @_; return $self->{uri}{$scheme} }
sub pid     { my ($self) = @_; return $self->{pid} }
sub ca_file { my ($self) = @_; return "$self->{dir}/cert.pem" }

# What LD_LIBRARY_PATH the unpacked programs need; may be empty.
sub library_path { my ($self) = @_; return $self->{library_path} }

sub start {
    my ($self) = @_;
    croak 'slapd is running' if $self->{pid};
    $self->{pid} = $self->_spawn($self->_slapd('-d', '0',
        '-h', join ' ', map { "$self->{uri}{$_}/" } qw(ldap ldaps ldapi)));
    my $deadline = time + TIMEOUT;
    until ($self->_answers) {
        if (waitpid($self->{pid}, WNOHANG) == $self->{pid}) {
            delete $self->{pid};
            croak "slapd does not start: " . $self->_log;
        }
        croak 'slapd does not answer' if time > $deadline;
        select undef, undef, undef, 0.02;
    }
    return $self;
}

sub stop {
    my ($self) = @_;
    my $pid = delete $self->{pid} or return $self;
    local ($?, $!);
    my $deadline = time + TIMEOUT;
    kill TERM => $pid;
    while (waitpid($pid, WNOHANG) == 0) {
        kill KILL => $pid if time > $deadline;
        select undef, undef, undef, 0.005;
    }
    return $self;
}

sub restart {
    my ($self) = @_;
    return $self->stop->start;
}

# An anonymous bind over the unix socket.  slapd opens all its listeners before
# it serves any, so one answer stands for all of them.
sub _answers {
    my ($self) = @_;
    my $socket = IO::Socket::UNIX->new(Peer => $self->{socket}) or return 0;
    local $SIG{PIPE} = 'IGNORE';
    my $bind = pack 'H*', '300c020101600702010304008000';
    defined syswrite $socket, $bind or return 0;
    IO::Select->new($socket)->can_read(1) or return 0;
    sysread($socket, my $answer = '', 64) or return 0;
    return $answer =~ /\A\x30.\x02\x01\x01\x61.\x0a\x01\x00/s;
}

# The command line of slapd with ARGS.  It gets SIGTERM if this process is killed
# before it could clean up.
sub _slapd {
    my ($self, @args) = @_;
    my @libraries = length $self->{library_path}
        ? ('env', "LD_LIBRARY_PATH=$self->{library_path}") : ();
    return ('setpriv', '--pdeathsig', 'TERM', @libraries,
        $self->{slapd}, @args, '-f', "$self->{dir}/slapd.conf");
}

sub _spawn {
    my ($self, @command) = @_;
    defined(my $pid = fork) or croak "fork: $!";
    return $pid if $pid;
    delete $ENV{LD_PRELOAD};
    if (open(STDIN, '<', '/dev/null') && open(STDOUT, '>', "$self->{dir}/log")
            && open(STDERR, '>&', \*STDOUT)) {
        no warnings 'exec';
        exec { $command[0] } @command;
    }
    POSIX::_exit(127);
}

sub _run {
    my ($self, $what, @command) = @_;
    local $?;
    waitpid $self->_spawn(@command), 0;
    croak "$what: " . $self->_log if $?;
    return;
}

sub _log {
    my ($self) = @_;
    open my $log, '<', "$self->{dir}/log" or return '';
    local $/;
    (my $text = <$log> // '') =~ s/\s*\n/; /g;
    return $text;
}

sub _write {
    my ($self, $name, $text) = @_;
    open my $file, '>', "$self->{dir}/$name" or croak "$self->{dir}/$name: $!";
    print $file $text;
    close $file or croak "$self->{dir}/$name: $!";
    return;
}

sub _make_certificate {
    my ($self) = @_;
    $self->_run('openssl cannot make a certificate', qw(openssl req -x509 -nodes -days 2
        -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -subj /CN=localhost
        -addext), 'subjectAltName=DNS:localhost,IP:127.0.0.1',
        '-keyout', "$self->{dir}/key.pem", '-out', "$self->{dir}/cert.pem");
    return;
}

sub _make_database {
    my ($self) = @_;
    my ($dir, $base) = ($self->{dir}, BASE);
    mkdir "$dir/db" or croak "$dir/db: $!";
    $self->_write('slapd.conf', <<"CONF");
include "$self->{schema}"
modulepath "$self->{modules}"
moduleload back_mdb
loglevel 0
threads 4
TLSCertificateFile $dir/cert.pem
TLSCertificateKeyFile $dir/key.pem
database mdb
suffix "$base"
directory $dir/db
maxsize 4194304
dbnosync
CONF
    my $ldif = "dn: $base\nobjectClass: dcObject\nobjectClass: organization\n"
        . "dc: example\no: Example\n\n";
    # As many people as there are requests to make: user1 with password1, …
    for my $n (1 .. $self->{entries}) {
        $ldif .= "dn: cn=user$n,$base\nobjectClass: person\ncn: user$n\nsn: Surname$n\n"
            . "userPassword: password$n\n\n";
    }
    $ldif .= "dn: cn=all,$base\nobjectClass: groupOfNames\ncn: all\n"
        . join('', map { "member: cn=user$_,$base\n" } 1 .. $self->{entries});
    $self->_write('entries.ldif', $ldif);
    $self->_run('slapd cannot load its entries',
        $self->_slapd('-T', 'add', '-q', '-l', "$dir/entries.ldif"));
    return;
}

sub _clean_up {
    my ($self) = @_;
    return if $self->{owner} != $$ || !defined $self->{dir};
    local ($?, $!, $@);
    $self->stop;
    remove_tree(delete $self->{dir});
    delete $live{$self};
    return;
}

sub DESTROY { my ($self) = @_; $self->_clean_up; return }
END { my @left = grep { $_ } values %live; $_->_clean_up for @left }

1;
