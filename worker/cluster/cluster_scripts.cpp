// SPDX-License-Identifier: MIT
#include "worker/cluster/cluster_scripts.h"

namespace pregon {
namespace {

// In front of each. P: prefix of keys, T: prefix of pub/sub channels; A..C: application, channel.
//   workers          set of worker ids          alive:W     expires with W's heartbeat
//   of:W             set of A\nC\nUSER          counts:W    hash A\nC -> subscribers of W
//   members:A:C      hash USER -> VERSION:INFO  refs:A:C    hash uUSER -> workers; v -> version
//   subs:A           hash C -> subscribers      conns:A     hash W -> clients
//   cache:A:C        VERSION\nEVENT\nDATA            caches:A    sorted set of C by time
constexpr std::string_view kCommon = R"lua(
local P, T = ARGV[1], ARGV[2]
local call = redis.call
local function topic(a, c, u)
  if c == '#online' then return T .. 'w:' .. a .. ':' .. u end
  return T .. 'e:' .. a .. ':' .. c
end
local function announce(a, c, u, sign, info)
  local refs = P .. 'refs:' .. a .. ':' .. c
  local before = call('HGET', refs, 'v') or '0'
  local version = tostring(call('INCR', P .. 'version'))
  call('HSET', refs, 'v', version)
  call('PUBLISH', topic(a, c, u),
    'M' .. sign .. ' ' .. before .. ' ' .. version .. ' ' .. #u .. '\n' .. u .. info)
  return version
end
local function drop(a, c, u)
  local refs, members = P .. 'refs:' .. a .. ':' .. c, P .. 'members:' .. a .. ':' .. c
  if call('HINCRBY', refs, 'u' .. u, -1) > 0 then return false end
  call('HDEL', refs, 'u' .. u)
  call('HDEL', members, u)
  announce(a, c, u, '-', '')
  if call('EXISTS', members) == 0 then call('DEL', refs) end
  return true
end
local function count(a, c, change)
  local subs = P .. 'subs:' .. a
  local total = call('HINCRBY', subs, c, change)
  if total <= 0 then call('HDEL', subs, c) end
  local sign = '='
  if total > 0 and total - change <= 0 then sign = '+' end
  if total <= 0 and total - change > 0 then sign = '-' end
  return sign, total
end
local function tell(a, c, w, total)
  local version = tostring(call('INCR', P .. 'version'))
  call('PUBLISH', topic(a, c), 'N' .. w .. ' ' .. version .. ' ' .. total)
  return version
end
local function info(a, c)
  local key = P .. 'cache:' .. a .. ':' .. c
  return {c, tonumber(call('HGET', P .. 'subs:' .. a, c) or 0),
    call('HLEN', P .. 'members:' .. a .. ':' .. c), call('GET', key) or '', call('PTTL', key)}
end
)lua";

// W A C MAXIMUM WANTS-MEMBERS (USER INFO)... -> VERSION, for each user is new (+), known here (=),
// known elsewhere (.) or refused (!), and the members.
constexpr std::string_view kJoin = R"lua(
local w, a, c, maximum = ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6])
local refs, members = P .. 'refs:' .. a .. ':' .. c, P .. 'members:' .. a .. ':' .. c
local signs = ''
call('SADD', P .. 'workers', w)
for i = 8, #ARGV, 2 do
  local u, entry = ARGV[i], a .. '\n' .. c .. '\n' .. ARGV[i]
  if call('SISMEMBER', P .. 'of:' .. w, entry) == 1 then
    signs = signs .. '='
  elseif maximum > 0 and call('HEXISTS', members, u) == 0 and call('HLEN', members) >= maximum then
    signs = signs .. '!'
  else
    call('SADD', P .. 'of:' .. w, entry)
    if call('HINCRBY', refs, 'u' .. u, 1) == 1 then
      call('HSET', members, u, announce(a, c, u, '+', ARGV[i + 1]) .. ':' .. ARGV[i + 1])
      signs = signs .. '+'
    else
      signs = signs .. '.'
    end
  end
end
return {call('HGET', refs, 'v') or call('GET', P .. 'version') or '0', signs,
  ARGV[7] == '1' and call('HGETALL', members) or {}}
)lua";

// W A C USER -> 1 if the user is gone everywhere.
constexpr std::string_view kLeave = R"lua(
local w, a, c, u = ARGV[3], ARGV[4], ARGV[5], ARGV[6]
if call('SREM', P .. 'of:' .. w, a .. '\n' .. c .. '\n' .. u) == 0 then return 0 end
return drop(a, c, u) and 1 or 0
)lua";

// W (A C NUMBER TELLS)... -> for each (sign, total, version): + occupied, - vacated, = neither.
constexpr std::string_view kCount = R"lua(
local counts = P .. 'counts:' .. ARGV[3]
local answer = {}
call('SADD', P .. 'workers', ARGV[3])
for i = 4, #ARGV, 4 do
  local a, c, n = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2])
  local field = a .. '\n' .. c
  local change = n - tonumber(call('HGET', counts, field) or 0)
  if n == 0 then call('HDEL', counts, field) else call('HSET', counts, field, n) end
  local sign, total = count(a, c, change)
  local version = call('GET', P .. 'version') or '0'
  if ARGV[i + 3] == '1' and change ~= 0 then version = tell(a, c, ARGV[3], total) end
  answer[#answer + 1] = {sign, total, version}
end
return answer
)lua";

// W FORMER-NAMES (A NUMBER)... -> for each the clients of all workers that live. A negative number
// changes nothing. Former names of W, `,A,B,`, do not count.
constexpr std::string_view kConnections = R"lua(
local answer = {}
for i = 5, #ARGV, 2 do
  local conns = P .. 'conns:' .. ARGV[i]
  if tonumber(ARGV[i + 1]) >= 0 then
    call('HSET', conns, ARGV[3], ARGV[i + 1])
    call('SADD', P .. 'apps', ARGV[i])
  end
  local total = 0
  local all = call('HGETALL', conns)
  for at = 1, #all, 2 do
    if not string.find(ARGV[4], ',' .. all[at] .. ',', 1, true)
      and call('EXISTS', P .. 'alive:' .. all[at]) == 1 then total = total + all[at + 1] end
  end
  answer[#answer + 1] = total
end
return answer
)lua";

// W MILLISECONDS IS-FIRST FORMER-NAME... -> 0 if the worker had been given up; 1, the ids of dead
// ones, and the channels (A\nC) whose numbers of subscribers it takes over from its former names.
constexpr std::string_view kHeartbeat = R"lua(
local w = ARGV[3]
if ARGV[5] ~= '1' and call('EXISTS', P .. 'alive:' .. w) == 0 then return {0, {}, {}} end
call('SET', P .. 'alive:' .. w, '1', 'PX', ARGV[4])
call('SADD', P .. 'workers', w)
local dead = {}
for _, other in ipairs(call('SMEMBERS', P .. 'workers')) do
  if call('EXISTS', P .. 'alive:' .. other) == 0 then dead[#dead + 1] = other end
end
local counts = P .. 'counts:' .. w
for i = 6, #ARGV do
  local former = P .. 'counts:' .. ARGV[i]
  if call('EXISTS', former) == 1 then call('RENAMENX', former, counts) end
end
return {1, dead, ARGV[5] == '1' and call('HKEYS', counts) or {}}
)lua";

// W LIMIT FORCE -> 1 if something is left; the users gone (A C USER)...; the channels (A C)...
constexpr std::string_view kReap = R"lua(
local w = ARGV[3]
if ARGV[5] == '1' then call('DEL', P .. 'alive:' .. w) end
if call('EXISTS', P .. 'alive:' .. w) == 1 then return {0, {}, {}} end
local gone, vacated = {}, {}
for _, entry in ipairs(call('SPOP', P .. 'of:' .. w, ARGV[4])) do
  local a, c, u = string.match(entry, '^([^\n]*)\n([^\n]*)\n(.*)$')
  if drop(a, c, u) then gone[#gone + 1] = a; gone[#gone + 1] = c; gone[#gone + 1] = u end
end
local counts = P .. 'counts:' .. w
local page = call('HRANDFIELD', counts, ARGV[4], 'WITHVALUES')
for i = 1, #page, 2 do
  local a, c = string.match(page[i], '^([^\n]*)\n(.*)$')
  call('HDEL', counts, page[i])
  local sign, total = count(a, c, -tonumber(page[i + 1]))
  if sign == '-' then vacated[#vacated + 1] = a; vacated[#vacated + 1] = c
  else tell(a, c, '', total) end
end
for _, a in ipairs(call('SMEMBERS', P .. 'apps')) do call('HDEL', P .. 'conns:' .. a, w) end
if call('EXISTS', P .. 'of:' .. w, counts) > 0 then return {1, gone, vacated} end
call('SREM', P .. 'workers', w)
return {0, gone, vacated}
)lua";

// A C SECONDS MAXIMUM EVENT-AND-DATA HEAD-OF-MESSAGE
constexpr std::string_view kPublishCached = R"lua(
local a, c, caches = ARGV[3], ARGV[4], P .. 'caches:' .. ARGV[3]
local value = call('INCR', P .. 'version') .. '\n' .. ARGV[7]
call('SET', P .. 'cache:' .. a .. ':' .. c, value, 'EX', ARGV[5])
local time = call('TIME')
call('ZADD', caches, time[1] * 1000000 + time[2], c)
while call('ZCARD', caches) > tonumber(ARGV[6]) do
  call('DEL', P .. 'cache:' .. a .. ':' .. call('ZPOPMIN', caches)[1])
end
return call('PUBLISH', topic(a, c), ARGV[8] .. value)
)lua";

// A C -> the value, its remaining milliseconds, the version of now
constexpr std::string_view kCached = R"lua(
local key = P .. 'cache:' .. ARGV[3] .. ':' .. ARGV[4]
return {call('GET', key) or '', call('PTTL', key), call('GET', P .. 'version') or '0'}
)lua";

// A PREFIX -> C...
constexpr std::string_view kChannels = R"lua(
local answer = {}
for _, c in ipairs(call('HKEYS', P .. 'subs:' .. ARGV[3])) do
  if string.sub(c, 1, #ARGV[4]) == ARGV[4] then answer[#answer + 1] = c end
end
return answer
)lua";

// A C... -> (C SUBSCRIBERS USERS CACHED MILLISECONDS)...
constexpr std::string_view kChannelInfo = R"lua(
local answer = {}
for i = 4, #ARGV do answer[#answer + 1] = info(ARGV[3], ARGV[i]) end
return answer
)lua";

// A USER... -> for each 1 or 0
constexpr std::string_view kOnline = R"lua(
local answer = {}
for i = 4, #ARGV do
  answer[#answer + 1] = call('HEXISTS', P .. 'members:' .. ARGV[3] .. ':#online', ARGV[i])
end
return answer
)lua";

// For webhooks (docs/webhooks.md), in front of the next three.
//   told:A   hash C\nUSER, or C\n -> 1      toldcount:A  hash C -> the number told last
//   gone     sorted set of KIND\nA\nC\nUSER by when it is told, in ms; users come before channels
constexpr std::string_view kHooks = R"lua(
local function is_there(a, c, u)
  if u == '' then return tonumber(call('HGET', P .. 'subs:' .. a, c) or 0) > 0 end
  return call('HEXISTS', P .. 'members:' .. a .. ':' .. c, u) == 1
end
local function entry(a, c, u)
  return (u == '' and 'v' or 'm') .. '\n' .. a .. '\n' .. c .. '\n' .. u
end
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function leaves(a, c, u, delay)
  if not is_there(a, c, u) then call('ZADD', P .. 'gone', 'NX', now + delay, entry(a, c, u)) end
end
)lua";

// (OPERATION A C SUBJECT DELAY)... -> for each 1 if it is to be told. + and -: the USER, or none
// for the channel, has come or gone; n: the number of subscribers; c: a cache channel was empty.
constexpr std::string_view kHookChange = R"lua(
local answer = {}
for i = 3, #ARGV, 5 do
  local op, a, c, u, delay = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4]
  local told = 0
  if op == '+' then
    call('ZREM', P .. 'gone', entry(a, c, u))
    told = call('HSETNX', P .. 'told:' .. a, c .. '\n' .. u, '1')
    leaves(a, c, u, delay)
  elseif op == '-' then
    leaves(a, c, u, delay)
  elseif op == 'n' then
    local counts = P .. 'toldcount:' .. a
    if call('HGET', counts, c) ~= u then call('HSET', counts, c, u); told = 1 end
  elseif call('SET', P .. 'toldmiss:' .. a .. ':' .. c, '1', 'NX', 'PX', 1000) then
    told = 1
  end
  answer[#answer + 1] = told
end
return answer
)lua";

// LIMIT -> A C USER... of what is told to have gone.
constexpr std::string_view kHookDue = R"lua(
local answer = {}
for _, one in ipairs(call('ZRANGEBYSCORE', P .. 'gone', '-inf', now, 'LIMIT', 0, ARGV[3])) do
  local a, c, u = string.match(one, '^.\n([^\n]*)\n([^\n]*)\n(.*)$')
  call('ZREM', P .. 'gone', one)
  if not is_there(a, c, u) then
    if u == '' then call('HDEL', P .. 'toldcount:' .. a, c) end
    if call('HDEL', P .. 'told:' .. a, c .. '\n' .. u) == 1 then
      answer[#answer + 1] = a; answer[#answer + 1] = c; answer[#answer + 1] = u
    end
  end
end
return answer
)lua";

// (A DELAY)... One worker at a time, and some keys at a time: `sweep` says how far it has come.
constexpr std::string_view kHookSweep = R"lua(
if not call('SET', P .. 'sweeping', '1', 'NX', 'PX', 1500) then return 0 end
for i = 3, #ARGV, 2 do
  local a = ARGV[i]
  local page = call('HSCAN', P .. 'told:' .. a, call('HGET', P .. 'sweep', a) or '0', 'COUNT', 500)
  call('HSET', P .. 'sweep', a, page[1])
  for at = 1, #page[2], 2 do
    local c, u = string.match(page[2][at], '^([^\n]*)\n(.*)$')
    leaves(a, c, u, ARGV[i + 1])
  end
end
return 1
)lua";

constexpr std::string_view kBodies[] = {
    kJoin,   kLeave,    kCount,       kConnections, kHeartbeat,  kReap,    kPublishCached,
    kCached, kChannels, kChannelInfo, kOnline,      kHookChange, kHookDue, kHookSweep};

} // namespace

std::string textOf(ClusterScript script) {
    std::string text(kCommon);
    if (script >= ClusterScript::HookChange)
        text += kHooks;
    return text + std::string(kBodies[static_cast<std::size_t>(script)]);
}

} // namespace pregon
