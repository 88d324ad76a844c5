# tutti.bash -- completion of tutti for bash.

_tutti() {
    local word=$2 before=$3
    COMPREPLY=()
    case $before in
    --data | --to) mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
    --credentials | --tls-cert | --tls-key) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
    --output | --mock | --junit | --input | --variables | --context) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
    --format) mapfile -t COMPREPLY < <(compgen -W 'svg mermaid' -- "$word"); return ;;
    --type) mapfile -t COMPREPLY < <(compgen -W 'STANDARD EXPRESS' -- "$word"); return ;;
    --clock) mapfile -t COMPREPLY < <(compgen -W 'real virtual' -- "$word"); return ;;
    --auth) mapfile -t COMPREPLY < <(compgen -W 'none sigv4' -- "$word"); return ;;
    --durability) mapfile -t COMPREPLY < <(compgen -W 'full relaxed' -- "$word"); return ;;
    --log-level) mapfile -t COMPREPLY < <(compgen -W 'debug info warn error nothing' -- "$word"); return ;;
    --inspect) mapfile -t COMPREPLY < <(compgen -W 'INFO DEBUG TRACE' -- "$word"); return ;;
    --listen | --threads | --region | --name | --seed | --test-state | --filter) return ;;
    esac
    local words='serve eval lint graph run test store help version'
    if [ "$COMP_CWORD" -gt 1 ]; then
        case ${COMP_WORDS[1]} in
        serve) words='--listen --data --memory --clock --auth --credentials --tls-cert --tls-key --threads --region
            --durability --access-log --log-level' ;;
        lint)
            mapfile -t COMPREPLY < <(compgen -f -- "$word"; compgen -W '--json --type' -- "$word")
            return ;;
        graph)
            mapfile -t COMPREPLY < <(compgen -f -- "$word"; compgen -W '--format --output' -- "$word")
            return ;;
        run)
            mapfile -t COMPREPLY < <(compgen -f -- "$word"; compgen -W '--input --mock --clock --json --name --type --seed
                --test-state --inspect --variables --context' -- "$word")
            return ;;
        test)
            mapfile -t COMPREPLY < <(compgen -f -- "$word"; compgen -W '--filter --coverage --json --junit' -- "$word")
            return ;;
        store)
            words='verify stats compact backup'
            [ "$COMP_CWORD" -eq 2 ] || words='--data'
            [ "${COMP_WORDS[2]}" != backup ] || words='--data --to' ;;
        help) words='serve eval lint graph run test store help version' ;;
        *) words= ;;
        esac
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -F _tutti tutti
