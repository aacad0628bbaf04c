/**
 * Every command of Redis that writes, or is dangerous, in a form in which it has an effect where it is allowed. K is the
 * key that is attacked, O one of the attacker's own, G the consumer group of the key.
 */

/** What changes a key; the words of a command are separated by spaces. */
const KEY_FORMS = `
append K x|bitfield K SET u8 0 1|bitop NOT K O|blmove O K LEFT LEFT 0.01|blmpop 0.01 1 K LEFT|blpop K 0.01|brpop K 0.01
brpoplpush O K 0.01|bzmpop 0.01 1 K MIN|bzpopmax K 0.01|bzpopmin K 0.01|copy O K REPLACE|copy K O REPLACE|decr K
decrby K 1|del K|expire K 0|expireat K 1|geoadd K 1 1 m|georadius O 1 1 1 km STORE K|georadiusbymember O m 1 km STORE K
geosearchstore K O FROMLONLAT 1 1 BYRADIUS 1 km|getdel K|getex K PXAT 1|getset K x|hdel K field|hincrby K n 1
hincrbyfloat K n 1|hmset K field x|hset K field x|hsetnx K other x|incr K|incrby K 1|incrbyfloat K 1
linsert K BEFORE first x|lmove O K LEFT LEFT|lmpop 1 K LEFT|lpop K|lpush K x|lpushx K x|lrem K 0 first|lset K 0 x
ltrim K 1 0|migrate 127.0.0.1 1 K 0 10|move K 1|mset K x|msetnx K x|persist K|pexpire K 0|pexpireat K 1|pfadd K x
pfdebug GETREG K|pfmerge K O|psetex K 1 x|rename K O|rename O K|renamenx K K2|restore K 0 x REPLACE
restore-asking K 0 x REPLACE|rpop K|rpoplpush O K|rpush K x|rpushx K x|sadd K m|sdiffstore K O|set K x|set K x XX GET
setbit K 0 1|setex K 1 x|setnx K x|setrange K 0 x|sinterstore K O|smove O K m|sort O BY nosort STORE K|spop K|srem K m
sunionstore K O|unlink K|xack K G 1-1|xadd K * message x|xadd K MAXLEN 0 * message x|xautoclaim K G thief 0 0
xclaim K G thief 0 1-1|xdel K 1-1|xgroup CREATE K thieves 0 MKSTREAM|xgroup CREATECONSUMER K G thief
xgroup DELCONSUMER K G c|xgroup DESTROY K G|xgroup SETID K G $|xreadgroup GROUP G thief STREAMS K >
xreadgroup GROUP G thief NOACK STREAMS K >|xsetid K 9999999999999-1|xtrim K MAXLEN 0|zadd K 1 m|zdiffstore K 1 O
zincrby K 1 m|zinterstore K 1 O|zmpop 1 K MIN|zpopmax K|zpopmin K|zrangestore K O 0 -1|zrem K m|zremrangebylex K - +
zremrangebyrank K 0 -1|zremrangebyscore K -inf +inf|zunionstore K 1 O|eval LUA 1 K|evalsha SHA 1 K|fcall f 1 K
flushall|flushdb|swapdb 0 1`;

/** What must not even be answered. */
const SERVER_FORMS = `
acl CAT|acl DELUSER QA_Tester|acl DRYRUN console GET control|acl GENPASS|acl GETUSER console|acl LIST|acl LOAD|acl LOG
acl SAVE|acl SETUSER QA_Tester on nopass ~* &* +@all|acl USERS|acl WHOAMI|bgrewriteaof|bgsave|client LIST|client INFO
client KILL TYPE pubsub|client NO-EVICT on|client PAUSE 1|client TRACKING on|client UNBLOCK 1|client UNPAUSE
cluster ADDSLOTS 1|cluster ADDSLOTSRANGE 1 2|cluster BUMPEPOCH|cluster COUNT-FAILURE-REPORTS n|cluster DELSLOTS 1
cluster DELSLOTSRANGE 1 2|cluster FAILOVER|cluster FLUSHSLOTS|cluster FORGET n|cluster MEET 127.0.0.1 1|cluster REPLICAS n
cluster REPLICATE n|cluster RESET|cluster SAVECONFIG|cluster SET-CONFIG-EPOCH 1|cluster SETSLOT 1 STABLE|cluster SLAVES n
config GET *|config RESETSTAT|config REWRITE|config SET maxmemory 1|config SET dir /tmp|dbsize|debug SLEEP 0|debug JMAP
dump control|eval_ro LUA 0|evalsha_ro SHA 0|failover ABORT|fcall_ro f 0|function DELETE f|function DUMP|function FLUSH
function KILL|function LIST|function LOAD x|function RESTORE x|function STATS|keys *|lastsave|latency DOCTOR
latency GRAPH x|latency HISTOGRAM|latency HISTORY x|latency LATEST|latency RESET|memory USAGE control|module LIST
module LOAD /tmp/x.so|module LOADEX /tmp/x.so|module UNLOAD x|monitor|object ENCODING control|pfselftest
psubscribe *|psync ? -1|pubsub CHANNELS|pubsub NUMSUB a|randomkey|replconf ACK 1|replicaof NO ONE|role|save|scan 0
script DEBUG NO|script EXISTS SHA|script FLUSH|script KILL|script LOAD x|select 1|shutdown NOSAVE|slaveof NO ONE
slowlog GET|slowlog LEN|slowlog RESET|sort_ro turn:QA_Tester:1|spublish agent_channel:User x|ssubscribe agent_channel:User
subscribe secret|sync|wait 0 1`;

/** These end a connection or a server, or change what it replies: not tried where they would be obeyed. */
const ENDING =
  /^(acl|client|cluster|config|debug|failover|monitor|p?s?subscribe|psync|replconf|replicaof|shutdown|slaveof|sync)\b/;

export type Place = { key: string; own: string; group: string };

export const keyForms: readonly (readonly string[])[] = parse(KEY_FORMS);

export function serverForms(isObeyed: boolean): readonly (readonly string[])[] {
  return parse(SERVER_FORMS).filter((form) => !isObeyed || !ENDING.test(form[0] ?? ""));
}

export function fillIn(form: readonly string[], { key, own, group }: Place): string[] {
  const words: Record<string, string> = {
    ...{ K: key, K2: `${key}2`, O: own, G: group, SHA: "0".repeat(40) },
    LUA: "return redis.call('DEL', KEYS[1])",
  };
  return form.map((word) => words[word] ?? word);
}

function parse(text: string): string[][] {
  return text
    .trim()
    .split(/[|\n]/)
    .map((form) => form.split(" "));
}
