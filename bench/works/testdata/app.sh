# What shell scripts do with their machine. One line each: "ok NAME" or "no NAME: why".
cd "$WORK" || exit 1

pipes() {
  [ "$(seq 1000 | sort -rn | head -n 3 | tail -n 1)" = 998 ] && [ "$(yes | head -c 100000 | wc -c)" = 100000 ]
}
here_documents() {
  local n=3
  [ "$(cat <<END
$((n * 2))
END
)" = 6 ] && [ "$(cat <<<word)" = word ]
}
substitution() {
  [ "$(cat <(echo a) <(echo b) | tr -d '\n')" = ab ] && diff <(seq 3) <(seq 3) && echo x > >(cat >/dev/null)
}
background() {
  local one two
  sleep 0.01 & one=$!
  (exit 3) & two=$!
  wait $one && { wait $two; [ $? = 3 ]; } && { sleep 100 & kill $!; wait $!; [ $? = 143 ]; } 2>/dev/null
}
traps() {
  [ "$(bash -c 'trap "echo caught" TERM; trap "echo bye" EXIT; kill $$')" = $'caught\nbye' ]
}
descriptors() {
  exec 7>fd && echo seven >&7 && echo eight >/dev/fd/7 && exec 7>&- && [ "$(cat /dev/fd/0 <fd)" = eight ] &&
    echo err 2>&1 >/dev/stderr 2>/dev/null && [ "$(echo piped | tee /dev/stdout >/dev/null; echo $?)" = 0 ]
}
temporary() {
  local d f
  d=$(mktemp -d) && f=$(mktemp -p "$d") && echo x >"$f" && [ "$(ls "$d" | wc -l)" = 1 ] && rm -r "$d"
}
tools() {
  mkdir -p t/a t/b && seq 5 >t/a/one && seq 7 >t/b/two.txt &&
    [ "$(find t -type f -print0 | sort -z | xargs -0 wc -l | tail -n 1 | sed 's/^ *//; s/ .*//')" = 12 ] &&
    [ "$(find t -name '*.txt' -exec grep -l 7 {} +)" = t/b/two.txt ] && [ "$(cut -c1 t/a/one | paste -sd+ | tr -d '\n')" = 1+2+3+4+5 ]
}
awk_program() { [ "$(seq 10 | awk '{s += $1} END {print s, strftime("%Y", 0)}' | cut -c1-3)" = "55 " ]; }
archives() {
  mkdir -p arc/x && echo hi >arc/x/f && chmod 700 arc/x/f && tar czf arc.tgz arc && rm -r arc && tar xzpf arc.tgz &&
    [ "$(stat -c %a arc/x/f)" = 700 ] && gzip -k arc/x/f && [ "$(zcat arc/x/f.gz)" = hi ] && cp -a arc arc2 && diff -r arc arc2
}
fifos() {
  mkfifo /tmp/pipe && { echo through >/tmp/pipe & } && read -r word </tmp/pipe && [ "$word" = through ]
}
locks() { exec 8>lock && flock 8 && ! flock -n lock true && exec 8>&-; }
limits() { timeout 0.05 sleep 100; [ $? = 124 ] && nice true && (ulimit -n 50 && [ "$(ulimit -n)" = 50 ]); }
identity() { [ "$(id -un)" = app ] && [ "$(whoami)" = app ] && [ "$(hostname)" = app ] && [ ~ = "$HOME" ]; }
randomness() { [ "$(head -c 8 /dev/urandom | od -An -tx1 | tr -d ' \n' | wc -c)" = 16 ] && [ "$RANDOM$RANDOM" != "$RANDOM$RANDOM" ]; }
tcp() { ! (exec 3<>/dev/tcp/127.0.0.1/9) 2>/dev/null; }
clocks() { [ "$(TZ=Asia/Tokyo date -d @0 +%H)" = 09 ] && touch -d 2001-02-03 old && [ "$(date -r old +%Y)" = 2001 ]; }
links() { ln -s fd link && [ "$(readlink -f link)" = "$PWD/fd" ] && ln fd hard && [ "$(stat -c %h fd)" = 2 ] && mv hard h2; }
listing() { ls / >/dev/null && find / -maxdepth 1 >/dev/null; }

for check in pipes here_documents substitution background traps descriptors temporary tools awk_program archives fifos \
  locks limits identity randomness tcp clocks links listing; do
  if why=$($check 2>&1); then echo "ok $check"; else echo "no $check: ${why//$'\n'/; }"; fi
done
