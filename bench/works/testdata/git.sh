# A day with git. One line each: "ok NAME" or "no NAME: why".
cd "$WORK" && mkdir git && cd git || exit 1
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b

begin() { git init -q -b main repo && cd repo && echo one >f && git add f && git commit -qm one && [ "$(git log --oneline | wc -l)" = 1 ]; }
settings() { git config user.name somebody && git config --global init.defaultBranch main && [ "$(git config user.name)" = somebody ]; }
history() { for i in $(seq 20); do echo "$i" >>f && git commit -qam "$i" || return; done; git log --stat --graph | grep -q '|  *f'; }
branches() { git switch -qc side HEAD~3 && echo new >g && git add g && git commit -qm side && git switch -q main && git merge -q side -m merge; }
rebases() { git switch -qc other HEAD~2 && echo o >o && git add o && git commit -qm o && git rebase -q main && git switch -q main; }
changes() { echo more >>f && git diff --stat | grep -q '1 insertion' && git stash -q && git stash pop -q && git checkout -q f && git status --porcelain && git blame f >/dev/null; }
packs() { git gc -q --aggressive --prune=now && git fsck --strict --no-dangling && git verify-pack .git/objects/pack/*.idx && git repack -adq; }
clones() { git clone -q . ../copy && git clone -q --no-local . ../copy2 && git clone -q --bare "file://$PWD" ../bare.git && [ "$(git -C ../copy2 log --oneline | wc -l)" = "$(git log --oneline | wc -l)" ]; }
pushes() { git remote add there ../bare.git && echo p >p && git add p && git commit -qm p && git push -q there main && git fetch -q there && git pull -q there main; }
worktrees() { git worktree add -q ../tree -b tree && git -C ../tree status --porcelain && git worktree remove ../tree; }
hooks() { printf '#!/bin/sh\necho ran > hooked\n' >.git/hooks/pre-commit && chmod +x .git/hooks/pre-commit && git commit -q --allow-empty -m hook && [ "$(cat hooked)" = ran ]; }
archives() { git archive HEAD | tar t | grep -q '^f$' && git bundle create -q ../b.bundle main && git bundle verify -q ../b.bundle; }
bisects() { git bisect start HEAD HEAD~10 && git bisect run sh -c 'test $(wc -l <f) -lt 15' >/dev/null && git bisect reset; }

for check in begin settings history branches rebases changes packs clones pushes worktrees hooks archives bisects; do
  if $check >../why 2>&1; then echo "ok $check"; else echo "no $check: $(tr '\n' ';' <../why)"; fi
done
