# install.sh -- installs from Debian what a script needs and this machine does not have. Sourced.
#
#   install_for build start test bench fuzz bare-root
#
# A need is a file that must be there and the package that brings it. The file decides, not dpkg: what
# came from elsewhere and works is left alone. Where everything is there, nothing is run.

install_needs() {
    case $1 in
    build) cat <<'END'
/etc/ssl/certs/ca-certificates.crt ca-certificates
/usr/bin/gcc gcc
/usr/include/stdio.h libc6-dev
/usr/bin/make make
/usr/bin/pkg-config pkg-config
/usr/include/sqlite3.h libsqlite3-dev
/usr/include/openssl/ssl.h libssl-dev
/usr/include/pcre2.h libpcre2-dev
/usr/include/yaml.h libyaml-dev
END
        ;;
    start) echo '/usr/bin/curl curl' ;;
    test) cat <<'END'
/usr/bin/curl curl
/usr/bin/python3 python3
/usr/lib/python3/dist-packages/boto3/__init__.py python3-boto3
/usr/bin/aws awscli
/usr/bin/node nodejs
/usr/bin/npm npm
/usr/bin/openssl openssl
/usr/bin/ps procps
END
        ;;
    bench) cat <<'END'
/usr/bin/python3 python3
/usr/bin/beanstalkd beanstalkd
/usr/bin/redis-server redis-server
END
        ;;
    fuzz) echo '/usr/bin/gcc gcc' ;;
    format) echo '/usr/bin/clang-format clang-format' ;;
    bare-root) echo '/usr/sbin/debootstrap debootstrap' ;;
    *) echo "install_for: no such purpose: $1" >&2; return 1 ;;
    esac
}

install_missing() {
    for purpose in "$@"; do install_needs "$purpose" || return 1; done |
        while read -r file package; do [ -e "$file" ] || echo "$package"; done | sort -u | tr '\n' ' '
}

install_packages() { # as root, or by `$1` (sudo)
    log=$(mktemp)
    as=$1
    shift
    echo "installing: $*"
    if { $as apt-get -q -o DPkg::Lock::Timeout=300 update || echo "apt-get update failed; going on with the lists there are"
         $as env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 apt-get -q -y -o DPkg::Lock::Timeout=300 \
             -o Dpkg::Options::=--force-confold install --no-install-recommends "$@"; } >"$log" 2>&1 </dev/null; then
        rm -f "$log"
        return 0
    fi
    tail -n 30 "$log" >&2
    rm -f "$log"
    echo "could not install: $*" >&2
    return 1
}

install_for() {
    missing=$(install_missing "$@") || return 1
    [ -z "$missing" ] && return 0
    # shellcheck disable=SC2086  # a list of words on purpose
    if ! command -v apt-get >/dev/null; then
        echo "this machine has no apt-get; please install what Debian calls: $missing" >&2
        return 1
    elif [ "$(id -u)" = 0 ]; then
        install_packages '' $missing
    elif command -v sudo >/dev/null; then
        install_packages sudo $missing
    else
        echo "please install, as root:  apt-get install --no-install-recommends $missing" >&2
        return 1
    fi
}
