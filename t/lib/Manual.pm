# SPDX-License-Identifier: MIT
#
# What stands in the manual pages: their sections, and the displays in these.

package Manual;

use strict;
use warnings;
use EpipeTest;
use Exporter qw(import);

our @EXPORT = qw(sections displays);

# The text of each section of PAGE, by name.
sub sections {
    my ($page) = @_;
    return read_file("$SOURCE/man/$page") =~ /^\.Sh ([^\n]+)\n(.*?)(?=^\.Sh |\z)/msg;
}

# The literal displays in a section's TEXT, as the reader sees them.
sub displays {
    my ($text) = @_;
    my @found = ($text // '') =~ /^\.Bd -literal[^\n]*\n(.*?)^\.Ed$/msg;
    for (@found) {
        /^[.']/m and die "a macro in a display: $_";
        s/\\&//g;
        s/\\\(dq/"/g;
        s/\\\((?:aq)/'/g;
        /\\[^e]/ and die "an unknown escape in a display: $_";
        s/\\e/\\/g;
    }
    return @found;
}

1;
