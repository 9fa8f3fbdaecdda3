# SPDX-License-Identifier: MIT
#
# Completion of epipe's command line in fish: its options, as `epipe --help` lists them.

complete -c epipe -s k -l keep -x -a 'stdio stages inherited none' -d 'What still kills'
complete -c epipe -s o -l only -x -d 'Protect only calls by these libraries'
complete -c epipe -s H -l handlers -x -a 'respect override' -d 'Its own SIGPIPE handlers'
complete -c epipe -s c -l children -x -a 'inherit none' -d 'Programs that it starts'
complete -c epipe -s l -l log -r -a 'off stderr syslog' -d 'Where a line goes for each signal'
complete -c epipe -s t -l trace -f -a 'on off' -d 'The same, with the stack that led to it'
complete -c epipe -s S -l summary -f -a 'on off' -d 'A line at the end with the counts'
complete -c epipe -s g -l give-up -x -a 'off 1 10 100' -d 'Let the next kill after so many'
complete -c epipe -s D -l service -f -a 'on off' -d 'For daemons whose output is a log'
complete -c epipe -s f -l fallback -x -a 'refuse ignore' -d 'Where the shim cannot go'
complete -c epipe -s C -l check -d 'Say whether it is supported'
complete -c epipe -s a -l attach -d 'Protect running processes'
complete -c epipe -s d -l detach -d 'Undo that'
complete -c epipe -s L -l list -f -a 'all' -d 'List the processes in danger'
complete -c epipe -s s -l show -f -a 'systemd' -d 'Print what would be set'
complete -c epipe -s T -l self-test -d 'Say whether epipe works here'
complete -c epipe -s h -l help -d 'Print a summary'
complete -c epipe -s V -l version -d 'Print the version'
complete -c epipe -n '__fish_contains_opt -s C check -s a attach -s d detach' \
    -x -a '(__fish_complete_pids)'
complete -c epipe -x -a '(__fish_complete_subcommand --fcs-skip=1)'
