#!/bin/sh
# 在没有互联网的机器上安装 gktools：sh install.sh 目录；退回装过的前一个版本：sh install.sh 目录 --back
set -u
unset PYTHONPATH PYTHONHOME
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P) || exit 1

fail() {
  printf '%s\n' "$@" >&2
  exit 1
}

[ $# -ge 1 ] || fail "用法：sh install.sh 目录（装到哪里，如 /opt/gktools）；退回前一个版本：sh install.sh 目录 --back"

machine=$(uname -m)
if [ "$machine" != "@machine@" ]; then
  case $machine in
    loongarch64) fail "这台机器是龙芯（loongarch64），没有能装的程序包：请装在另一台机器上，这里用浏览器打开它的审签服务。没有装任何东西" ;;
    *) fail "这个安装包是给 @machine@ 的，这台机器是 ${machine}：请换 ${machine} 的安装包。没有装任何东西" ;;
  esac
fi

unpacked=
trap '[ -z "$unpacked" ] || rm -rf "$unpacked"' EXIT
trap 'exit 130' INT TERM

python=
for archive in "$here"/python/*.tar.gz; do # the Python carried along, if there is one, runs the installation too
  [ -e "$archive" ] || continue
  unpacked=$(mktemp -d) && tar -xzf "$archive" -C "$unpacked" ||
    fail "带来的 Python 解不开，没有装任何东西：请看 ${TMPDIR:-/tmp} 放不放得下，安装包拷全了没有"
  for one in "$unpacked"/bin/python3.1[123] "$unpacked"/*/bin/python3.1[123]; do
    [ -x "$one" ] && python=$one
  done
done

found=
if [ -z "$python" ]; then
  for one in ${PYTHON:+"$PYTHON"} python3.13 python3.12 python3.11 python3 python; do
    version=$("$one" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null) || continue
    case $version in
      3.11.* | 3.12.* | 3.13.*) python=$one && break ;;
      *) found="${found}${found:+、}$one 是 $version" ;;
    esac
  done
fi
[ -n "$python" ] || fail \
  "这台机器上没有 Python 3.11–3.13（${found:-一个 Python 也没有找到}），没有装任何东西。" \
  "麒麟 V10 和统信 20 自带的只有 3.7、3.8：请先装 3.11–3.13，装在别处的写明是哪一个（PYTHON=/路径/python3.12 sh install.sh 目录），或者请做安装包的人把 Python 一起带上（make bundle PYTHON=文件）。"

"$python" -B "$here/install.py" "$@"
