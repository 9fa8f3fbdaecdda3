# SPDX-License-Identifier: MIT
#
# The servers that t/load.t breaks connections of: nginx with two workers, redis-server,
# and Python's http.server. Each listens on unix sockets, or ports that the kernel chose,
# in a directory of its own, and is ended by its pid.

package LoadServer;

use strict;
use warnings;
use Fcntl qw(F_SETFD);
use IO::Socket::INET;
use IO::Socket::UNIX;
use POSIX ();

use EpipeTest;
use Peer;

# Where examples/fetch-servers has unpacked what this system does not have.
$ENV{PATH} .= ":$BUILD/servers/usr/sbin:$BUILD/servers/usr/bin";
my $libraries = join ':', glob "$BUILD/servers/{usr/,}lib/*-linux-*";

# Larger than the buffers of two sockets, wherever they were set to.
our $LARGE = 6_000_000;

my %programs = (
    'nginx' => [ 'nginx' ], 'nginx, TLS' => [ 'nginx', 'openssl' ], 'redis' => [ 'redis-server' ],
    'redis, io-threads' => [ 'redis-server' ], 'http.server' => [ 'python3' ],
);

# Why a kind of server cannot take part, or undef.
sub missing_for {
    my ($kind) = @_;
    return 'OpenSSL was not there at configure time' if $kind =~ /TLS/ && !-x "$BUILD/examples/tls-client";
    return (grep { defined } map { missing($_) } @{ $programs{$kind} })[0];
}

# Files that the living know, and a large one that nobody gets to the end of.
sub make_files {
    my ($dir) = @_;
    mkdir "$dir/$_" or die "$dir/$_: $!" for '', 'known';
    my $state = 1;
    for my $size (0, 1, 100, 1000, 4095, 4096, 20_000, 65_537, 300_000) {
        my $text = '';
        while (length $text < $size) {
            $state = ($state * 1_103_515_245 + 12_345) % 2**31;
            $text .= pack 'N', $state;
        }
        write_file("$dir/known/$size", substr $text, 0, $size);
    }
    write_file("$dir/large", 'large' x ($LARGE / 5));
    return $dir;
}

# The same known files, but for one byte.
sub altered {
    my ($dir) = @_;
    my $copy = scratch();
    for my $path (glob "$dir/known/*") {
        open(my $in, '<', $path) or die "$path: $!";
        my $text = join '', <$in>;
        substr($text, 299_990, 1) ^= '*' if length $text == 300_000;
        write_file($copy . $path =~ s{.*(?=/)}{}r, $text);
    }
    return $copy;
}

my $nginx_conf = <<'END';
daemon off; worker_processes 2; pid DIR/pid; error_log stderr crit; USER
events { worker_connections 1000; }
http {
    access_log off; sendfile on; keepalive_requests 1000000000; keepalive_timeout 600;
    client_body_temp_path DIR/b; proxy_temp_path DIR/p; fastcgi_temp_path DIR/f;
    uwsgi_temp_path DIR/u; scgi_temp_path DIR/s;
    server {
        LISTEN
        root FILES;
        location /written/ { sendfile off; alias FILES/; }
    }
}
END

# nginx cannot ask for a port itself, but takes over sockets that are open, as from the
# nginx before it. It takes them as they are: two workers must not block in accept.
sub nginx {
    my ($self, $files) = @_;
    my $dir = $self->{dir};
    my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 4096, Blocking => 0) or die "listen: $!";
    my $port = $listener->sockport;
    my $listen = "listen 127.0.0.1:$port; listen unix:$dir/http sndbuf=16k;";
    $self->{addresses} = "tcp:$port,unix:$dir/http";
    $self->{url} = "http://127.0.0.1:$port/large";
    if ($self->{kind} =~ /TLS/) {
        my $made = run([ qw(openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost
                -keyout), "$dir/key", '-out', "$dir/cert" ]);
        die outcome($made) if $made->{exit} != 0;
        $listen = "listen 127.0.0.1:$port ssl; ssl_certificate $dir/cert; ssl_certificate_key $dir/key;";
        $self->{addresses} = "tls:$port";
        $self->{url} =~ s/http/https/;
    }
    my $user = $> == 0 ? 'user root;' : '';
    my $conf = $nginx_conf =~ s/DIR/$dir/gr =~ s/FILES/$files/gr =~ s/USER/$user/r =~ s/LISTEN/$listen/r;
    fcntl($listener, F_SETFD, 0);
    local $ENV{NGINX} = fileno($listener) . ';';
    $self->run_it('nginx', '-p', "$dir/", '-e', 'stderr', '-c', write_file("$dir/conf", $conf));
    close $listener;
    $self->{talk} = [ 'http', "$files/known" ];
    my $n = 0;
    $self->{requests} = [ map { write_file("$dir/request" . $n++, "GET $_ HTTP/1.1\r\nHost: load\r\n\r\n") }
            '/large', '/written/large' ];
    $self->{wanted} = 3;
    $self->{end} = 'TERM';
    return;
}

sub redis {
    my ($self) = @_;
    my $dir = $self->{dir};
    my @threads = $self->{kind} =~ /threads/ ? ('--io-threads', 2) : ();
    $self->run_it('redis-server', '--port', 0, '--unixsocket', "$dir/redis", '--save', '', '--appendonly', 'no',
        '--dir', $dir, '--loglevel', 'warning', @threads);
    $self->{addresses} = "unix:$dir/redis";
    $self->says("*3\r\n\$3\r\nSET\r\n\$5\r\nlarge\r\n\$250000\r\n" . 'large' x 50_000);
    $self->{talk} = ['redis'];
    # Alone, and behind many that are answered at one time.
    $self->{requests} = [ write_file("$dir/one", "GET large\r\n"),
        write_file("$dir/many", "PING\r\n" x 100 . "GET large\r\n") ];
    $self->{wanted} = 1;
    $self->{end} = 'TERM';
    return;
}

# What redis answers to a line, on a connection that stays.
sub says {
    my ($self, $line) = @_;
    local $SIG{PIPE} = 'IGNORE';
    my $client = $self->{client} //= until_true(sub { IO::Socket::UNIX->new("$self->{dir}/redis") }) or return '';
    print {$client} "$line\r\n";
    $client->flush;
    return scalar(<$client>) // '';
}

sub http_server {
    my ($self, $files) = @_;
    $self->run_it('python3', "$SOURCE/t/load/http-server.py", $self->{sigpipe}, $files);
    $self->{program}->expect(qr/^port \d+$/m);
    my ($port) = $self->{program}->text('out') =~ /^port (\d+)$/m or return;
    $self->{addresses} = "tcp:$port";
    $self->{talk} = [ 'http', "$files/known" ];
    $self->{requests} = [ write_file("$self->{dir}/request", "GET /large HTTP/1.1\r\nHost: load\r\n\r\n") ];
    $self->{wanted} = 1;
    $self->{end} = 'INT';
    return;
}

# COMMAND, behind the prefix, with the default of the signals that the caller may ignore.
sub run_it {
    my ($self, @command) = @_;
    local $ENV{LD_LIBRARY_PATH} = $libraries if $libraries ne '';
    local $ENV{MALLOC_ARENA_MAX} = 1;    # how many there are is luck
    local $SIG{INT} = 'DEFAULT';
    $self->{program} = start([ @{ $self->{prefix} }, @command ]);
    return;
}

# start_server(KIND, files => DIRECTORY, prefix => [COMMAND...], sigpipe => SIG_DFL)
sub start_server {
    my ($class, $kind, %how) = @_;
    my $self = bless { kind => $kind, dir => scratch(), prefix => [], sigpipe => 'SIG_DFL', %how }, $class;
    if    ($kind =~ /nginx/) { $self->nginx($how{files}) }
    elsif ($kind =~ /redis/) { $self->redis }
    else                     { $self->http_server($how{files}) }
    until_true(sub { my @pids = $self->pids; @pids == $self->{wanted} || $self->{program}->ended });
    $self->{began} = join ' ', $self->pids;
    # nginx's workers have not opened all that they need.
    $self->{few} = $self->held->{fds} + 12;
    return $self;
}

sub children {
    my ($pid) = @_;
    open(my $in, '<', "/proc/$pid/task/$pid/children") or return;
    return split ' ', scalar(<$in>) // '';
}

# The first process and its children; of one under strace those of its child.
sub pids {
    my ($self) = @_;
    my $first = $self->{program}{pid};
    ($first) = children($first) if ($self->{prefix}[0] // '') eq 'strace';
    return $first ? ($first, children($first)) : ();
}

sub lines_of { open(my $in, '<', $_[0]) or return; return <$in> }

# Of all the processes: descriptors, mappings, and kilobytes that are theirs alone.
sub held {
    my ($self) = @_;
    my %held = (fds => 0, maps => 0, kilobytes => 0);
    for my $pid ($self->pids) {
        $held{fds} += () = glob "/proc/$pid/fd/*";
        $held{maps} += () = lines_of("/proc/$pid/maps");
        /^(?:Pss_Anon|SwapPss): *(\d+) kB/ and $held{kilobytes} += $1 for lines_of("/proc/$pid/smaps_rollup");
    }
    return \%held;
}

# The same once the server has seen that its clients are gone: there are few descriptors,
# and nothing has been closed for a quarter of a second; redis has answered to what came
# after.
sub held_at_rest {
    my ($self) = @_;
    my $is_redis = $self->{kind} =~ /redis/;
    $self->says('PING') for $is_redis ? 1 .. 3 : ();
    my ($same, $last) = (0, -1);
    until_true(sub { $self->held->{fds} <= $self->{few} });
    until_true(sub {
            my $now = $self->held->{fds};
            $same = $now == $last ? $same + 1 : 0;
            $last = $now;
            return $same == 50;
        });
    $self->says('MEMORY PURGE') if $is_redis;
    return $self->held;
}

# Ends it as it wants to be ended; in the terms of Run::run.
sub stop {
    my ($self) = @_;
    my ($first) = $self->pids;
    kill $self->{end} => $first if $first;
    $self->{is_stopped} = 1;
    return $self->{program}->finish;
}

# No server survives a test that ends too soon.
sub DESTROY {
    my ($self) = @_;
    local ($?, $@);
    kill KILL => -$self->{program}{pid} if $self->{program} && !$self->{is_stopped};
    return;
}

1;
