/**
 * Command lines that make a file while they look as if they only read. `@` stands for that file, and nothing else is
 * done by any of them: they are run, in the sandbox, when they are taken for reading. Long because it is a list.
 */

const PLAIN = `
touch @
>@
: > @
echo x > @
echo x >> @
echo x >| @
echo x &> @
echo x >& @
echo x 2>@ >&2
cat < /dev/null > @
cat <> @
exec 3> @
echo x | tee @
cat /etc/hostname | tee -a @
ls; touch @
ls && touch @
false || touch @
ls & touch @
ls | touch @
ls |& touch @
echo $(touch @)
echo "$(touch @)"
echo "a \${x:-$(touch @)}"
echo \`touch @\`
echo "\`touch @\`"
cat <(touch @)
cat >(touch @)
(touch @)
{ touch @; }
! touch @
if true; then touch @; fi
while touch @; do break; done
for f in @; do touch $f; done
case x in x) touch @;; esac
f() { touch @; }; f
x=@; touch $x
x=touch; $x @
x='touch @'; $x
PATH=/bin:$PATH touch @
IFS=,; x=touch,@; $x
echo $((0$(touch @)))
test -v 'a[$(touch @)]'
[ -v 'a[$(touch @)]' ]
[[ -v 'a[$(touch @)]' ]]
[ 1 -eq 'a[$(touch @)]' ]
[[ 'a[$(touch @)]' -eq 1 ]]
test 'a[$(touch @)]' -eq 1
test -e / -a -v 'a[$(touch @)]'
test -R 'a[$(touch @)]'
printf -v 'a[$(touch @)]' x
printf -- -v 'a[$(touch @)]' x
printf '%s' x > @
printf '%d' 'a[$(touch @)]'
echo $((a[\\$(touch @)]))
x='a[$(touch @)]'; echo $((x))
let 'a[$(touch @)]=1'
declare x=$(touch @)
eval touch @
eval "touch @"
command touch @
builtin eval touch @
env touch @
env -i touch @
env -S 'touch @'
nohup touch @
nice touch @
time touch @
timeout 5 touch @
timeout -s KILL 5 touch @
setsid touch @
stdbuf -o0 touch @
sudo touch @
sudo -n touch @
bash -c 'touch @'
bash -lc 'touch @'
sh -c 'touch @'
sh -c "$(echo touch @)"
bash -c "bash -c 'touch @'"
bash -c 'ls; touch @'
bash <<< 'touch @'
echo 'touch @' | bash
echo @ | xargs touch
find /etc/hostname -exec touch @ \\;
find /etc/hostname -execdir touch @ \\;
find /etc/hostname -fprint @
find /etc/hostname -fprintf @ x
find /etc/hostname -fls @
find /etc/hostname -name hostname -o -fprint0 @
sed -n w@ /etc/hostname
sed -n 'w @' /etc/hostname
sed -n '1w @' /etc/hostname
sed 's/.*/x/w @' /etc/hostname
sed 's|.*|x|w @' /etc/hostname
sed 's/.*/touch @/e' /etc/hostname
sed '1e touch @' /etc/hostname
sed -e 'p' -e 'w @' /etc/hostname
sed -n -f <(echo 'w @') /etc/hostname
sed --expression='w @' /etc/hostname
awk 'BEGIN{system("touch @")}'
awk 'BEGIN{print "x" > "@"}'
awk 'BEGIN{"touch @" | getline}'
awk 'BEGIN{print | "touch @"}'
awk 'BEGIN{f="sys" "tem"; @f("touch @")}'
awk -F x 'BEGIN{system("touch @")}'
awk -F 'BEGIN{}' 'BEGIN{system("touch @")}'
awk -f <(echo 'BEGIN{system("touch @")}')
sort -o @ /etc/hostname
sort -o@ /etc/hostname
sort --output=@ /etc/hostname
sort -uo @ /etc/hostname
sort -nro@ /etc/hostname
uniq /etc/hostname @
uniq -c /etc/hostname @
dd if=/etc/hostname of=@
cp /etc/hostname @
ln -s /etc/hostname @
install /etc/hostname @
mkdir @
mkfifo @
truncate -s 1 @
tar cf @ /etc/hostname
tar cf /dev/null --checkpoint=1 --checkpoint-action=exec='touch @' /etc/hostname
curl -o @ file:///etc/hostname
curl --output @ file:///etc/hostname
curl -so@ file:///etc/hostname
curl -w '%output{@}x' file:///etc/hostname
curl -D @ file:///etc/hostname
curl -sD@ file:///etc/hostname
curl -c @ file:///etc/hostname
curl --trace @ file:///etc/hostname
curl --stderr @ file:///nothing
curl -K <(echo 'output = @') file:///etc/hostname
python3 -c 'open("@","w")'
perl -e 'open F, ">@"'
git -c alias.x='!touch @' x
journalctl --cursor-file=@ -n1
journalctl --cursor-file @
ssh-keygen -q -t ed25519 -N '' -f @
ssh -o ProxyCommand='touch @' x
ssh -oPermitLocalCommand=yes -oLocalCommand='touch @' x
sshd -T -E @
sshd -T -E@
sshd -T -C user=x -E @
iptables -L --modprobe='touch @'
iptables-save -f @
ip -b @
ss -D @
apt list -o APT::Update::Pre-Invoke::='touch @'
apt-cache search x -o Dir::Cache::pkgcache=@
dpkg-query -W --showformat=x > @
dmidecode --dump-bin @
systemctl show --property=x > @
trap 'touch @' EXIT
trap 'touch @' DEBUG; ls
alias ls='touch @'; ls
source <(echo touch @)
. <(echo touch @)
mapfile -C 'touch @' -c 1 < /etc/passwd
compgen -C 'touch @' x
BASH_ENV=<(echo touch @) bash -c true
LD_PRELOAD=@ ls; touch @
PAGER='touch @' systemctl list-units
PS4='$(touch @)' bash -xc true
set -x; PS4='$(touch @)'; ls
set -- @; touch $1
ls #x;
echo \${x:=\`touch @\`}
echo \${x/\\/$(touch @)/}
echo $[$(touch @)]
echo {a,$(touch @)}
echo *$(touch @)*
cat /etc/hostname$(touch @)
ls ~$(touch @)
cat "$(< /dev/null)$(touch @)"
grep x /etc/hostname | while read l; do :; done; touch @
jq -n 1 > @
ls -la --color=always>@
ls>@
cat</etc/hostname>@
cat /etc/hostname 3>@
cat /etc/hostname {fd}>@
cat /etc/hostname >"@"
cat /etc/hostname >'@'
cat /etc/hostname >$'@'
cat /etc/hostname > /dev/null > @
cat /etc/hostname 2>&1>@
cat /etc/hostname 2>&1 >@ 2>/dev/null
echo x >/dev/null/../..@
true&touch @
true||:;touch @
ps aux > @
du -s /etc/hostname > @
head -c1 /dev/zero > @
tr a b < /etc/hostname > @
nl /etc/hostname > @
diff --output=@ /etc/hostname /etc/hostname
sha256sum /etc/hostname > @
getent passwd > @
printenv > @
exit 0 | touch @
cd / && touch @
`;

/** Of more than one line, or with characters that are easily overlooked. */
const BROKEN = [
  "ls\ntouch @",
  "ls\r\ntouch @",
  "ls \\\n; touch @",
  "ls # \\\ntouch @",
  "ls '\n' ; touch @",
  "ls #\ntouch @",
  "bash <<EOF\ntouch @\nEOF",
  "cat <<EOF\n$(touch @)\nEOF",
  "cat <<'EOF' > @\nx\nEOF",
  "ls\ttouch; touch @",
  "ls\u00a0; touch @",
  "ls\u2028touch @; touch @",
  "ls\vx; touch @",
  'echo "\\"$(touch @)"',
  "echo '\\'$(touch @)''",
  "echo $'\\'' $(touch @) '",
  'echo "$\'" $(touch @) "\'"',
  'echo "$\u007bx:-\'}$(touch @)"',
  "echo $\u007bx#'}'}$(touch @)",
  'echo $"$(touch @)"',
  "echo \\\\$(touch @)",
  "echo \\$\\(x $(touch @)",
  "echo [$(touch @)]",
  "echo a#$(touch @)",
  "printf '%s\\n' \"$(printf x > @)\"",
];

/** Each line, with `file` as what it makes when it is run. */
export function disguisedCommands(file: string): string[] {
  return [...PLAIN.trim().split("\n"), ...BROKEN].map((line) => line.replaceAll("@", file));
}
