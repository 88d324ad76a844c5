# tutti.fish -- completion of tutti for fish.

complete -c tutti -f
complete -c tutti -n __fish_use_subcommand -a serve -d 'Run the server'
complete -c tutti -n __fish_use_subcommand -a store -d 'Look after a data directory'
complete -c tutti -n __fish_use_subcommand -a help -d 'Say what a command does'
complete -c tutti -n __fish_use_subcommand -a version -d 'Print the version'

complete -c tutti -n '__fish_seen_subcommand_from help' -a 'serve store help version'

set -l store '__fish_seen_subcommand_from store; and not __fish_seen_subcommand_from verify stats compact backup'
complete -c tutti -n "$store" -a verify -d 'Check all that is stored'
complete -c tutti -n "$store" -a stats -d 'Print how much is stored'
complete -c tutti -n "$store" -a compact -d 'Give unused room back'
complete -c tutti -n "$store" -a backup -d 'Copy a data directory'
complete -c tutti -n '__fish_seen_subcommand_from store' -l data -x -a '(__fish_complete_directories)' -d 'The data directory'
complete -c tutti -n '__fish_seen_subcommand_from backup' -l to -x -a '(__fish_complete_directories)' -d 'Where the copy goes'

set -l serve '__fish_seen_subcommand_from serve'
complete -c tutti -n $serve -l listen -x -d 'Where to listen'
complete -c tutti -n $serve -l data -x -a '(__fish_complete_directories)' -d 'The data directory'
complete -c tutti -n $serve -l memory -d 'Keep everything in memory'
complete -c tutti -n $serve -l clock -x -a 'real virtual' -d 'Where time comes from'
complete -c tutti -n $serve -l auth -x -a 'none sigv4' -d 'Whether signatures are checked'
complete -c tutti -n $serve -l credentials -r -F -d 'Who may call'
complete -c tutti -n $serve -l tls-cert -r -F -d 'Certificate chain'
complete -c tutti -n $serve -l tls-key -r -F -d 'Its key'
complete -c tutti -n $serve -l threads -x -d 'Threads that own connections'
complete -c tutti -n $serve -l region -x -d 'Region of calls that name none'
complete -c tutti -n $serve -l durability -x -a 'full relaxed' -d 'When to answer'
complete -c tutti -n $serve -l access-log -d 'A JSON line for each request'
complete -c tutti -n $serve -l log-level -x -a 'debug info warn error nothing' -d 'What the server says of itself'
