/**
 * Programs of every system that only read with these options: what is not written here is not reading. Long because it is a
 * table. To add one, know all that its options do: many readers can also write. A line: `programs sub-commands : options :
 * operands`. Options: `-ab` letters that may be joined, `--long`, `=-word` a whole word, `-N` digits; `=K` with a value, `?=K`
 * with one that is attached if it is there; `!` one of these is needed; `free` whatever follows. Operands: K, `K?`, `K*`.
 * Kinds: W one word, E and X a word that is known (X: but for names and numbers), N a number, F a file that may be opened (L:
 * and is on this machine), P a device that is only named, O a form of output that names no file, K a word without `=`, T a plain
 * word, D a date's form, H a host that is known or of the own network, or the words themselves.
 */
export const GENERAL_PROGRAMS = `
echo|true|false|: : free
pwd : -LP
cd : : 
ls|dir : free
basename|dirname : -az -s=W --suffix=W : W*
readlink|realpath : -fenmsqvzLP --canonicalize : W*
cat : -AbeEnstTuv --number --show-all --show-ends --number-nonblank --squeeze-blank : F*
tac : -bs=W : F*
nl : -b=E -w=N -s=E -n=E -v=N : F*
rev : : F*
head : -qvz -# -n=N -c=N --lines=N --bytes=N --quiet : F*
tail : -qvz -# -n=N -c=N --lines=N --bytes=N --quiet : F*
wc : -lcwmL --lines --words --bytes --chars --max-line-length : F*
cut : -sz -d=W -f=W -c=W -b=W --delimiter=W --fields=W --output-delimiter=W --only-delimited --complement : F*
paste : -sz -d=W --serial --delimiters=W : F*
tr : -cdsCt --delete --squeeze-repeats --complement : W*
sort : -nrubfhVdgMiscCz -k=E -t=W --numeric-sort --reverse --unique --version-sort --human-numeric-sort --key=E --field-separator=W --check : F*
uniq : -cduiz -f=N -s=N -w=N --count --repeated --unique --ignore-case : F?
comm : -123z --nocheck-order --check-order : F F
join : -1=N -2=N -t=W -j=N -a=N -v=N -o=E -i : F F
column : -tnxe -s=W -o=W -c=N -N=E --table --separator=W : F*
fold|fmt|expand|unexpand : -s -w=N -t=N : F*
seq : -w -s=W -f=E : N*
expr : : W*
sleep : : N
cal : -my3 -# : N*
diff : -uNrqbBwyiast -U=N -C=N -I=W --unified?=N --brief --recursive --side-by-side --color?=E --ignore-all-space --ignore-space-change --suppress-common-lines --strip-trailing-cr -W=N --width=N : F F
cmp : -sblz -n=N -i=N --silent --quiet --verbose : F F
md5sum|sha1sum|sha224sum|sha256sum|sha384sum|sha512sum|b2sum|cksum : -btwz --tag : F*
sum : -rs : F*
base64|base32 : -diw=N --decode --wrap=N : F?
od|hexdump : -Cvbdxc -A=E -t=E -N=N -n=N -j=N -s=N -l=N -p -w=N : F*
xxd : -bcCeipuEd -l=N -s=N -g=N : F?
strings : -an=N -# -t=E : F*
file : -biLkNz --mime --mime-type --brief : F*
zcat|bzcat|xzcat|zstdcat : -f : F*
stat : -Lft -c=W --format=W --printf=W --file-system --terse --dereference : W*
which : -a : W*
whereis : -bms : W*
type : -atPpf : W*
command : !-v !-V : W*
exit|break|continue|return : : N?
wait : : 
set : -euEx -o=pipefail|errexit|nounset|noglob : +e|+x|+u?
shopt : !-s !-u : nullglob|failglob|globstar|dotglob|nocasematch
id : -unGgrz --user --group --groups --name : W*
who|w|users : -abdHlmpqrstTuhsf : 
who am i : : 
w : -hsfu : T
whoami|groups|logname|tty|nproc|arch : --all : W*
uname : -asnrvmpio --all --kernel-release --kernel-name --machine --nodename : 
hostname : -fsiIAdy --fqdn --short --long --ip-address --all-ip-addresses --domain --all-fqdns : 
dnsdomainname|domainname|nisdomainname : : 
hostnamectl : --no-pager --static --pretty --transient --json=E : status|hostname|chassis|deployment|location?
timedatectl : --no-pager -p=W -a --property=W --all --value : status|show|timesync-status|show-timesync|list-timezones?
localectl : --no-pager : status|list-locales|list-keymaps?
loginctl list-sessions|list-users|list-seats : --no-pager --no-legend : 
loginctl session-status|user-status|show-session|show-user|show-seat : --no-pager --no-legend -p=W -a --property=W --value : W*
uptime : -ps --pretty --since : 
free : -bkmghtwlvs=N --human --mega --giga --wide --total --si -c=N : 
vmstat|iostat|mpstat|pidstat|sar : -adfmnpstxyzhkPrubqBSWcw -S=E --human : W*
ps : free
pgrep|pidof : -afilnovxcuGPtgsd=W -u=W -P=W -d=W -g=W -t=W -U=W --full --list-name --list-full --exact --count : W*
pstree : -aAcghlnpstTuU -H=N : W*
fuser : -almnuvi4 -6 -n=E : W*
last|lastb : -adFiwxRn=N -n=N -# -s=W -t=W --since=W --until=W --time-format=E : W*
lastlog : -u=W -t=N -b=N : 
getent passwd|group|shadow|services|protocols|networks|netgroup|gshadow|ethers|rpc|aliases|initgroups : : W*
getent hosts|ahosts|ahostsv4|ahostsv6 : : H*
locale : -akmcv --all-locales : W*
printenv : -0 : W*
lsblk : -adfhilmnoOpPrsStJtbzMD -o=E -e=N -I=E --json --output=E --noheadings --bytes --fs --paths --nodeps --list --all --tree?=E --pairs --raw : W*
findmnt : -aACDefikJlLmnopPrRstuUvVbx -t=W -o=E -T=W -S=W -M=W -O=W -F=F --json --target=W --source=W --output=E --noheadings --types=W --real --verify --fstab --df --list --mountpoint=W --raw --bytes : W*
mount : -l -t=W --show-labels : 
mountpoint : -qdx : W
swapon : !-s !--show?=E --noheadings --bytes --raw --summary --output-all : 
fdisk : !-l -u -x -o=E --bytes : P*
sfdisk : !-l !-d !-J !-V !--verify !--list !--dump !--json : P*
blockdev : !--getsize64 !--getsz !--getss !--getro !--getbsz !--getra !--report : P*
hdparm : !-I !-i !-g !-C !-t !-T : P*
dmidecode : -qu -t=E -s=E --type=E --string=E --quiet --no-sysfs : 
modinfo : -0adlnpF=E -F=E -k=E : F*
ulimit : -aHScdefilmnpqrstuvxHn : 
umask : -Sp : 
ip route|r get : =-4 =-6 =-j =-json =-p =-d =-o =-s : X*
bridge link|vlan|fdb|mdb|vni : =-j =-json =-p =-pretty =-d =-details =-s =-statistics =-c =-color =-br =-o : 
bridge link|vlan|fdb|mdb|vni show|list|ls|lst : =-j =-json =-p =-pretty =-d =-details =-s =-statistics =-c =-color =-br =-o : W*
ifconfig : -as : W?
brctl show|showmacs|showstp : : W*
ethtool : -aceghiklmnPSTux --show-features --statistics --driver --show-ring --show-channels --show-coalesce --json : W
ss : -aehilmnoprstuwxHOQSVZb046 -f=E --all --numeric --tcp --udp --listening --processes --summary --extended --options --memory --info --no-header --oneline --unix --raw --resolve --ipv4 --ipv6 --family=E : W*
ping|ping6 : -AnqDO46bdLv !-c=N -i=N -w=N -W=N -s=N -I=X -M=E -t=N : H
arping : -qfbD !-c=N -w=N -W=N -I=X : H
nslookup : : H*
resolvectl status|query|statistics : --no-pager --legend=E -4 -6 : H*
resolvectl dns|domain|llmnr|mdns|dnssec|dnsovertls|nta : --no-pager --legend=E -4 -6 : X?
resolvectl : --no-pager : 
nc|ncat|netcat : !-z -vn46u -w=N -i=N : H X*
chronyc : -nacv4 : tracking|sources|sourcestats|activity|ntpdata|clients|serverstats|selectdata|authdata|rtcdata|smoothing|waitsync E*
ntpq : !-p -n -4 -6 -c=peers|assoc|rv : 
networkctl : --no-pager --all -a --no-legend --json=E : 
networkctl status|list|lldp : --no-pager --all -a --no-legend --json=E : W*
lldpctl : -f=E : W*
systemctl : --no-pager --all -a -l --full --plain --no-legend --failed --state=W --type=W -t=W -q --quiet -r : 
systemctl status|is-active|is-enabled|is-failed|is-system-running|show|cat|list-units|list-unit-files|list-timers|list-sockets|list-dependencies|list-jobs|list-machines|list-paths|list-automounts|get-default|show-environment|whoami : --no-pager --all -a -l --full --plain --no-legend --quiet -q -p=W -P=W -t=W -n=N -o=E --state=W --type=W --property=W --output=E --lines=N --failed --value --reverse --before --after --user --system --with-dependencies -r --recursive --no-ask-password --show-types --legend=E : W*
systemd-analyze : --no-pager --user --system : 
systemd-analyze dump|time|blame|critical-chain|security|cat-config|calendar|timestamp|timespan|unit-paths|syscall-filter : --no-pager --man?=E --user --system : W*
systemd-detect-virt : -cvq --container --vm : 
systemd-delta|systemd-path|systemd-id128 : --no-pager : W*
coredumpctl list|info : --no-pager -n=N -r -1 : W*
dpkg : !-l !-s !-L !-S !-V !-p !--list !--status !--listfiles !--search !--verify !--print-avail !--audit !-C !--get-selections !--print-architecture !--print-foreign-architectures !--version : W*
dpkg|dpkg-deb : !-I !-c !--info !--contents !-f !--field : F W*
dpkg : !--compare-versions : W*
dpkg-query : !-W !-l !-s !-L !-S !-p !--show !--list !--status !--listfiles !--search -f=W --showformat=W : W*
debsums : -acsle --all --changed --silent --list-missing : W*
apt-cache policy|show|showpkg|search|depends|rdepends|madison|stats|pkgnames|dump|unmet : -qnfa --names-only --full --installed --recurse --no-all-versions : W*
apt-get|apt : !-s !--simulate !--dry-run !--just-print !--no-act -qqyVV -y --assume-yes --no-install-recommends --allow-downgrades -t=W --with-new-pkgs --purge --auto-remove : upgrade|dist-upgrade|full-upgrade|install|remove|purge|autoremove|check W*
apt-config dump|shell : : W*
apt-mark showhold|showmanual|showauto|showinstall|showremove|showpurge : : W*
sshd : !-T !-t -f=F -q -C=E : 
sshd : !-G -f=F -C=E : 
ssh : !-Q=E : 
ssh : !-V : 
ssh-keygen : !-l -vE=E -E=E -f=F : 
ssh-keygen : !-F=X -lf=F -f=F : 
ssh-keygen : !-y !-L -f=F : 
ssh-add : !-l !-L -E=E : 
ssh-keyscan : -HT=N -T=N -t=E -p=N -4 -6 : H*
openssl x509|req|crl|pkey|rsa|ec|pkcs7|crl2pkcs7|asn1parse|dhparam : =-in=F =-inform=E =-noout =-text =-subject =-issuer =-dates =-enddate =-startdate =-fingerprint =-sha256 =-sha1 =-serial =-ext=E =-nameopt=E =-purpose =-checkend=N =-email =-ocsp_uri =-hash =-pubkey =-modulus =-pubin =-check =-verify =-print_certs =-checkhost=X =-checkip=X =-pubout =-subject_hash =-issuer_hash =-alias =-nocert : 
openssl verify : =-CAfile=F =-CApath=F =-untrusted=F =-verbose =-purpose=E : F*
openssl version|ciphers|list : =-a =-v =-V =-s =-tls1_2 =-tls1_3 =-cipher-algorithms =-digest-algorithms =-disabled : W*
openssl dgst|sha256|sha1|md5 : =-sha256 =-sha512 =-sha1 =-md5 =-r =-hex : F*
iptables|ip6tables|iptables-legacy|iptables-nft|ip6tables-nft|ip6tables-legacy|ebtables|arptables : !-L !-S !--list !--list-rules -nvxn -t=E --numeric --verbose --line-numbers --exact -w : E*
iptables-save|ip6tables-save|ebtables-save|arptables-save|iptables-legacy-save|ip6tables-legacy-save : -c -t=E --counters --table=E : 
ipset list|save|test : -ntsq -o=E -name -terse -sorted : W*
ufw status|version : : verbose|numbered?
ufw show : : W
fail2ban-client status|version|ping|banned|get : -V : W*
firewall-cmd : --state --list-all --list-all-zones --get-active-zones --list-services --list-ports --get-default-zone --zone=W --get-zones --get-services : 
conntrack : !-L !-C !-S -n -p=E -s=X -d=X -o=E : 
lvm version|lvs|vgs|pvs|dumpconfig|fullreport : --noheadings -o=E : W*
dmsetup ls|info|status|table|deps|targets|version : --tree -cC -o=E --noheadings : W*
losetup : -alJn --list --all --json --raw --noheadings -O=E : 
losetup : !-j=F : 
mdadm : !--detail !-D !-Q !--examine !-E !--query --scan --brief -sv : P*
zpool import|upgrade : : 
zfs list|get|userspace|groupspace : -rHpd=N -d=N -t=E -o=E -s=E -S=E : W*
zfs version : : 
zpool version : : 
btrfs filesystem|subvolume show|list|df|usage : -hHtupa : W*
crontab : !-l -u=W : 
atq : : 
visudo : !-c !--check -qs --quiet --strict -f=F --file=F : 
passwd : !-S !--status -a : W*
chage : !-l : W
faillock : --user=W : 
sudo : !-l !-V -n -U=W : 
update-alternatives : !--list !--display !--query !--get-selections : W*
haproxy : !-c -f=/etc/haproxy/haproxy.cfg -V : 
mailq : : 
postqueue : !-p !-j : 
docker network|volume|image|container|system|node|service|swarm ls|list|inspect|df|ps : -aq --no-trunc --format=W --filter=W : W*
kubectl logs : -n=W -c=W -p --tail=N --since=E --namespace=W --container=W --previous --all-containers : W*
kubectl config view|current-context|get-contexts : --minify : W*
kubectl auth can-i : -n=W --list : W*
kubectl rollout status|history : -n=W --timeout=E --namespace=W : W*
etcdctl member|endpoint list|status|health : -w=E --cluster --write-out=E --endpoints=X --cacert=F --cert=F --key=F : 
crictl ps|images|info|version|pods|inspect : -aq -o=E : W*
unzip : !-l !-Z !-t !-v !-p -q : F W*
zipinfo : -1 : F
cpio : !-t -v : 
jq : -rncsSeaMCj --raw-output --compact-output --null-input --slurp --exit-status --sort-keys --tab --indent=N : W F*
xmllint : --noout --format --xpath=W : F*
tput : : cols|lines|colors
getconf : -a : W*
tc qdisc|class|filter show|ls : =-s =-d =-j =-p : W*
wg show : : W*
virt-what|lsb_release : -acdirs : 
tee : -a -i : /dev/null|/dev/stderr*
grep|egrep|fgrep|zgrep : -aEFGPivwxcLloqsbHhnTURrIyz -# -m=N -A=N -B=N -C=N -d=skip|recurse -D=skip --color?=E --colour?=E --count --include=W --exclude=W --exclude-dir=W --extended-regexp --fixed-strings --perl-regexp --ignore-case --invert-match --line-number --files-with-matches --files-without-match --max-count=N --no-filename --with-filename --no-messages --only-matching --quiet --silent --recursive --text --word-regexp --line-regexp --after-context=N --before-context=N --context=N --null --line-buffered : W F*
grep|egrep|fgrep|zgrep : -aEFGPivwxcLloqsbHhnTURrIyz -# !-e=W !-f=F !--regexp=W -m=N -A=N -B=N -C=N --include=W --exclude=W --exclude-dir=W --color?=E : F*
date : -uR -d=W -r=F -I?=E --utc --universal --date=W --iso-8601?=E --rfc-3339=E --rfc-email : D?
du : -abchkmsxHLlS -d=N -B=E -t=N --max-depth=N --summarize --human-readable --apparent-size --total --exclude=W --all --bytes --block-size=E --one-file-system --si : W*
df : -ahHiklPT -t=W -x=W -B=E --human-readable --inodes --print-type --output?=E --total --local --portability --block-size=E --type=W --exclude-type=W --si : W*
top : !-b -cHiS -n=N -d=N -o=E -p=E -u=W -w=N : 
lsof : -abClnNOPRtUVX -i?=W -i -p=W -u=W -c=W -F?=E : W*
lscpu : -aebcJy -p?=E -e?=E --json --extended?=E --parse?=E --all --online --output-all : 
lsmem|lsns|lsipc|lslogins|lslocks : -abJnprugsca -o=E --json --output=E --noheadings --raw --summary : W*
lspci : -vnktmDbPi=F -s=E -d=E : 
lsusb : -vt -s=E -d=E : 
lshw : -short -C=E =-class=E =-short =-businfo =-json =-quiet =-sanitize =-numeric : 
lsmod : : 
blkid : -ks=E -o=E -t=E -p -i -c=/dev/null -L=W -U=W --output=E --match-tag=E : P*
parted : !-l -sm : 
parted : -sm : P print free?
smartctl : !-a !-A !-H !-i !-c !-x -j !-l=error|selftest|xerror|devstat|scttemp|scttempsts|ssd|sataphy|directory|background -d=E -n=standby|never|sleep|idle -q=E !--all !--health !--info !--attributes --json?=E : P
smartctl : !--scan !--scan-open -j : 
nvme list|list-subsys : -v -o=E --output-format=E : 
nvme smart-log|id-ctrl|error-log|fw-log : -H -o=E --output-format=E : P
dumpe2fs : !-h : P
tune2fs : !-l : P
e2label : : P
xfs_info : : P
xfs_info : : F
xfs_info : : /
dmesg : -TxHkuLedtrP -l=E -f=E --level=E --facility=E --ctime --human --nopager --color?=E --kernel --decode --since=W --until=W --reltime --time-format=E : 
sysctl : -anNqeb -r=E --all --values --names --ignore --pattern=E : K*
ip addr|address|a|link|l|route|r|rule|neigh|neighbour|n|maddr|maddress|mroute|netns|tunnel|token|vrf : =-4 =-6 =-br =-brief =-j =-json =-p =-pretty =-s =-stats =-statistics =-d =-details =-o =-oneline =-c =-color =-h =-human =-a =-all : 
ip addr|address|a|link|l|route|r|rule|neigh|neighbour|n|maddr|maddress|mroute|netns|tunnel|token|vrf|ntable|nexthop show|list|ls|lst : =-4 =-6 =-br =-brief =-j =-json =-p =-pretty =-s =-stats =-statistics =-d =-details =-o =-oneline =-c =-color =-h =-human =-a =-all : W*
route|arp : -nea46 : 
netstat : -aegilnoprstuvwxWNF46 --all --numeric --tcp --udp --listening --program --route --interfaces : 
traceroute|tracepath|traceroute6 : -n46IrTU -m=N -w=N -q=N -p=N -f=N : H N?
mtr : !-r !--report -nwbz46 -c=N -i=N --report-wide --no-dns --report-cycles=N : H
dig : -x46 -t=E -p=N : H*
host : -avdrTC46 -t=E -W=N -R=N : H*
journalctl : -aeklmqrxb -# -b?=E -u=W -t=W -n=N -p=E -o=E -S=W -U=W -g=W -c=E --no-pager --unit=W --user-unit=W --since=W --until=W --lines=N --priority=E --output=E --boot?=E --identifier=W --grep=W --dmesg --catalog --reverse --quiet --all --no-full --full --merge --case-sensitive?=E --output-fields=E --utc --no-hostname --list-boots --disk-usage --header --fields --facility=E -F=E --field=E --system --user -D=F --directory=F --file=F --verify --truncate-newline : W*
systemd-cgls : --no-pager -alu=W : W*
busctl list : --no-pager --user --system --json=E -l : 
apt list|show|policy|search|showsrc|depends|rdepends : --installed --upgradable --upgradeable --all-versions -aq --names-only --manual-installed --no-pager --full : W*
nft list : -ajnsStyeNu --handle --json --numeric --stateless --terse --check : T*
nft : !-c !--check -f=F --file=F -o : 
nft : !--version !-v !-V : 
lvs|vgs|pvs|lvdisplay|vgdisplay|pvdisplay|lvscan : -acCmPv -o=E -O=E -S=W --all --noheadings --nosuffix --units=E --separator=W --options=E --sort=E --reportformat=E --segments --columns --select=W : W*
zpool status|list|iostat|get|history : -xvLPHpTglisyrwS -o=E : W*
postconf : -ndhmx : K*
tar : !-t !--list -zjJv -f=L --file=L --zstd --gzip : W*
tar tf|tzf|tvf|tjf|tJf|tvzf|tzvf|tvJf|taf : : L W*
tree : -adfpugshDFCn -L=N -I=W -P=W --dirsfirst --noreport : W*
lsattr|getfacl : -aRdvplLcs : W*
getcap|namei : -rvlxom : W*
haproxy : !-v !-vv !-V : 
node|python|python3|perl|ruby|php|git|curl|wget|bash|ssh|redis-cli|psql|mysql|sqlite3|nginx|qemu-img|qemu-system-x86_64|kvm|jq|openssl|rsync|tar|vim|ip|nft|systemctl|sudo|gcc|make|nano|dpkg|apt|apt-get|grep|awk|sed|find|zfs|lvm|ceph|gpg|split|tee|tail|sort|cp|mv|ln|lvs|vgs|pvs|vgcfgbackup|qemu-nbd : !--version !--help : 
nginx|apache2 : !-v !-V : 
nvidia-smi : -Lq : 
sensors : -Aju : 
numactl : !--hardware !--show !-H !-s : 
ipmitool sdr|sel|sensor|fru|user list|elist|print : -I=open : 
ipmitool chassis status : -I=open : 
ipmitool lan print : -I=open : N?
ipmitool mc info : -I=open : 
docker ps|images|info|version|inspect|logs|port|top : -aq -n=N --no-trunc --format=W --filter=W --tail=N --since=W : W*
kubectl get|describe|version|cluster-info|api-resources|api-versions|explain|top : -A -n=W -o=O -l=W --all-namespaces --namespace=W --output=O --selector=W --show-labels --no-headers --sort-by=W --field-selector=W --client --kubeconfig=/etc/kubernetes/admin.conf|/etc/rancher/k3s/k3s.yaml --context=W : W*
btrfs device|scrub stats|status : : W
ip xfrm state|policy list|show : =-s =-d =-4 =-6 : 
ip help : : 
ifquery : -alcr --all --list --check --running -o=E --format=E : W*
ovs-vsctl show|list-br : : 
ovs-vsctl list-ports|list-ifaces|iface-to-br : : T
ovs-ofctl dump-flows|dump-ports|dump-ports-desc|show : : L
lldpcli show : -f=E : neighbors|chassis|interfaces|statistics|configuration details|summary?
nft describe : : T*
iptables|ip6tables : !-C=E -t=E -p=E -s=E -d=E -i=E -o=E -j=E -m=E --dport=E --sport=E --dports=E --state=E --ctstate=E --comment=E -w : 
iptables-restore|ip6tables-restore : !-t !--test -n : 
tcpdump : !-D : 
tcpdump : -nevqXAtl !-r=F -c=N : E*
tcpdump : -nevqXAtlp -i=E !-c=N : E*
curl|wget : !-V : 
openssl rand : =-hex =-base64 : N
openssl base64 : =-in=F =-d =-A : 
showmount : -ead --no-headers : H
alias|times : : 
history : : N?
jobs : -lnprs : 
dirs : -lpv : 
shopt : -p : 
help : -dms : W*
hash : !-t -l : W*
compgen : -abcdefgjksuv : T?
declare|typeset : !-p : T*
bash|sh : !-n : F
systemd-inhibit : !--list --no-pager --no-legend : 
zfs holds : -rHp : W*
zfs send : !-n !--dryrun -vPRpecLwhb -i=W -I=W : W
zpool events : -vH : W?
zpool upgrade : !-v : 
zdb : !-l -uqv : P
arc_summary : -adgr -s=W -p=N : 
arcstat : -havxp -f=E -s=W : N? N?
pvscan : -nsuev : 
vgscan|lvmdiskscan : -v : 
lvmconfig : --typeconfig=E --list -l --withcomments --withsummary --withversions : W*
pvck : !--dump=headers|metadata|metadata_all|metadata_search -v : P
sgdisk : !-p !-v !-i=N !--print !--verify !--info=N : P
parted : -sm : P unit s|B|kB|MB|MiB|GB|GiB print free?
wipefs : -niJpq --noheadings --json -O=E --output=E -t=E : P*
lsscsi : -gdlstkLwHiubc : 
multipath : !-l -v=N : W?
iscsiadm : !-m=session|node|iface -P=N : 
cryptsetup status : : W
cryptsetup luksDump|isLuks : -v : P
udevadm info : -axer -q=E -n=E -p=E --query=E --name=E --path=E --attribute-walk --export --export-db --root : W*
qemu-img snapshot : !-l -qU : L
qemu-img snapshot : !-l -qU : P
e2fsck|fsck.ext2|fsck.ext3|fsck.ext4 : !-n -fvtd : P
fsck : !-N -ATVt=E : P*
xfs_repair : !-n -v : P
fstrim : !-n !--dry-run -vaA --verbose --all --fstab : W*
quota : -ugvsp : W*
repquota : -augvsn : W*
rados df|lspools : : 
systemd-cgtop : !-b !--batch -n=N -d=N -ptcmirPk : W?
bootctl status|list|is-installed : --no-pager : 
service : !--status-all : 
service : : ssh|sshd|cron|nginx|apache2|postfix|chrony|rsyslog|networking|docker|corosync|pve-cluster|pveproxy|pvedaemon|pvestatd status
logrotate : !-d !--debug -v : F*
apt-get check : -q : 
apt-get|apt : !--print-uris -qqy : install|upgrade|dist-upgrade|full-upgrade W*
apt-get : !--print-uris -q : changelog|download|source W*
dpkg-divert|dpkg-statoverride : !--list : W*
debconf-show : : T*
needrestart : !-b -kl : 
modprobe : !-n !-D !-c !--dry-run !--show-depends !--showconfig -v --verbose : W*
pmap : -xXdqp : N*
kill : !-l : N?
kill : !=-0 : N*
ipmitool sdr|sel|sensor|fru : -I=open : 
efibootmgr : -v --verbose : 
prlimit : -p=N --pid=N -o=E --output=E --noheadings --raw : 
taskset : !-p -c : N
chrt : !-p : N
ionice : !-p=N : N*
slabtop : !-o !--once -s=E : 
readelf : -ahlSstrdVnuW --wide --all --headers --dynamic : F*
at : !-c !-l : N*
pwck|grpck : !-r -q : 
aa-status|apparmor_status : --enabled --profiled --enforced --complaining --verbose --json --pretty-json : 
named-checkconf : -p : 
exportfs : !-v !-s : 
testparm : !-s -v : 
smbstatus : -bpSLv : 
php|perl : !-v : 
docker|podman inspect : -f=W --format=W -s --size --type=E : W*
docker|podman stats : !--no-stream -a --format=W --no-trunc : W*
docker|podman diff : : W
docker compose ps|ls|images|top : -aq --all --no-trunc : T*
docker compose logs : -t --timestamps --no-color --no-log-prefix --tail=N -n=N : T*
docker|podman history : -q --no-trunc : W
podman ps|images|version|info : -aq --no-trunc --format=W --filter=W : 
helm list|ls : -Aaq -n=W --namespace=W --all-namespaces -o=O --output=O : 
helm status|history : -n=W --namespace=W -o=O --output=O : W
helm get values|manifest|notes|all|hooks : -a -n=W --namespace=W -o=O --output=O : W
git branch : !-a !-r !-v !--list !--show-current !--all --no-color : 
git remote : -v : 
git tag : !-l !--list : W*
git rev-parse : --short?=N --abbrev-ref --show-toplevel --verify --is-inside-work-tree --git-dir : T*
git config : !-l !--list !--get=T !--get-all=T --global --system --local --show-origin : 
less|more : -FRXSN : F
less : -FRXSN : +G F
sdiff : !-s -blWiEB -w=N : F F
rg : -nilcvwFsoHLSUN -e=W -g=W -t=W -A=N -B=N -C=N -m=N --hidden --no-heading : W F*
locate|plocate : -cibewr -l=N -n=N : W*
yq : -r : W F*
bc : -lq : 
numfmt : --to=E --from=E --suffix=W --padding=N --field=E -d=W --header?=N : W*
factor : : N*
tar : !-O -xzjJv -f=L --file=L --zstd --gzip : W*
tar : !-d -zjJv -f=L --file=L -C=L : W*
gzip|gunzip|bzip2|bunzip2|xz|unxz|zstd : !-t -v : F*
gzip|gunzip|xz|unxz|zstd : !-l -v : F*
gzip|gunzip|bzip2|bunzip2|xz|unxz : !-c -dkv : F*
zstd|unzstd : !-c -dv : F*
7z|7za|7zr l : -slt : F
ar t|tv : : F W*
rsync : !--list-only -avrh : L
lsinitramfs : -l : F*
busctl tree : --no-pager --list : org.freedesktop.systemd1|org.freedesktop.login1|org.freedesktop.hostname1|org.freedesktop.timedate1
source|. : : /etc/os-release
rsync : !-n !--dry-run -avrihzXAHxtpogDluc --delete --exclude=W --itemize-changes --stats --checksum : L L?
`;

export const PROXMOX_PROGRAMS = `
pveversion : -v --verbose : 
pvecm status|nodes|apiver : free
pvesm status : free
pvesm list|path|extractconfig : free
pvesm scan zfs|lvm|lvmthin : free
pvesm scan nfs : : H
pvesm nfsscan : : H
qm list|status|config|pending|listsnapshot|showcmd|help : free
pvecm|pvesm|pveum|ha-manager|pveam|pvenode|pvesr help : free
qm cloudinit dump|pending : free
pct list|status|config|pending|listsnapshot|df|cpusets|help : free
pveum user|role|acl|group|realm|pool list : free
pveum user permissions : free
ha-manager status|config : free
ha-manager groupconfig : : 
ha-manager groupconfig|rules config|list : free
pvesr status|list|read : free
pve-firewall status|compile|localnet|simulate : free
pvenode config get : free
pvenode task list|log|status : free
pvenode cert info : free
pvenode acme account|plugin list|config|info : free
pvesubscription get : free
pveceph status : free
pveceph lspools : : 
pveam list|available : free
pvedaemon|pveproxy|pvestatd|pvescheduler|spiceproxy status : free
pvereport : : 
pve8to9|pve7to8 : --full : 
pve-ha-crm|pve-ha-lrm status : free
proxmox-boot-tool status : --quiet : 
proxmox-boot-tool kernel list : : 
proxmox-backup-manager version|versions : free
corosync-cfgtool : !-s !-n -b : 
corosync-quorumtool : -slmpiV : 
corosync-cmapctl : -b : X*
corosync-cpgtool : -den : 
ceph : !-s !--status !--version !-v : 
lxc-info|lxc-ls : -n=W -fs --fancy --name=W -p -i : W*
pveum user|acl|role|group|realm|pool list : free
pveum user token list : free
pveum user tfa list : free
pveceph pool ls : free
ceph status|health|version|versions|df : -f=E --format=E : detail?
ceph osd tree|ls|stat|dump|perf|df|lspools : -f=E --format=E : tree|detail?
ceph osd pool ls : -f=E --format=E : detail?
ceph mon|mgr|mds|pg|fs stat|dump|ls|status|services : -f=E --format=E : 
ceph auth ls|list : -f=E : 
rbd ls|info|du|status : -p=W -l --pool=W --format=E : W*
rbd snap ls : -p=W --pool=W --format=E : W*
qemu-img info|check|map : -U --output=E -f=raw|qcow2 --backing-chain --force-share : L
qemu-img info|check|map : -U --output=E -f=raw|qcow2 --force-share : P
`;
