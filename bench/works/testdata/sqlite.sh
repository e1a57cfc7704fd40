# The sqlite3 shell, and several of them at one database. One line each: "ok NAME" or "no NAME: why".
cd "$WORK" || exit 1
db() { sqlite3 -bail -cmd ".timeout 20000" "${DB:-s.db}" "$@"; }

tables() { db "create table t(id integer primary key, a text); insert into t(a) values('x'),('y');" && [ "$(db 'select group_concat(a) from t')" = x,y ]; }
journal() { [ "$(db 'pragma journal_mode=wal')" = wal ] && [ "$(db 'pragma mmap_size=67108864')" ] && [ "$(db 'select count(*) from t')" = 2 ]; }
writers() {
  local jobs=() j
  for w in 1 2 3 4; do
    for i in $(seq 25); do echo "insert into t(a) values('$w-$i');"; done | db &
    jobs+=($!)
  done
  for j in "${jobs[@]}"; do wait "$j" || return; done
  [ "$(db 'select count(*) from t')" = 102 ]
}
rollback() { DB=r.db db 'pragma journal_mode=delete; create table t(a); begin; insert into t values(1); rollback; insert into t values(2);' && [ "$(DB=r.db db 'select sum(a) from t')" = 2 ]; }
search() { db "create virtual table s using fts5(a); insert into s values('a quick fox');" && [ "$(db "select count(*) from s where s match 'fox'")" = 1 ]; }
backup() { db ".backup copy.db" && [ "$(DB=copy.db db 'pragma integrity_check')" = ok ] && db "vacuum into 'small.db'" && db .dump | DB=d.db db; }
sorting() { [ "$(db "pragma temp_store=1; pragma cache_size=10; with recursive n(i) as (select 1 union all select i+1 from n where i<200000) select count(*) from (select i from n order by random())")" = 200000 ]; }

for check in tables journal writers rollback search backup sorting; do
  if $check >why 2>&1; then echo "ok $check"; else echo "no $check: $(tr '\n' ';' <why)"; fi
done
