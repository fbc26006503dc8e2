<?php
// SPDX-License-Identifier: MIT

// Records sessions as a real Laravel (Debian's php-laravel-framework and php-redis) writes them, with
// each of its drivers, of the user 1 who logged in by the guard `web`.
//
// usage: record-sessions.php REDIS-PORT > recorded/laravel-sessions.json
//
// Later versions of Laravel write the same, but for the names of prefixes (laravel-cache- instead of
// laravel_cache_) and `'serialization' => 'json'` in config/session.php: payloads are JSON then, which
// is recorded here by its own serializer (json_encode, as Illuminate\Session\Store does).

error_reporting(E_ERROR | E_PARSE);
require '/usr/share/php/Illuminate/autoload.php';

use Illuminate\Auth\GenericUser;
use Illuminate\Auth\SessionGuard;
use Illuminate\Cache\RedisStore;
use Illuminate\Cache\Repository;
use Illuminate\Container\Container;
use Illuminate\Contracts\Auth\UserProvider;
use Illuminate\Cookie\CookieJar;
use Illuminate\Encryption\Encrypter;
use Illuminate\Filesystem\Filesystem;
use Illuminate\Http\Request;
use Illuminate\Redis\RedisManager;
use Illuminate\Session\CacheBasedSessionHandler;
use Illuminate\Session\CookieSessionHandler;
use Illuminate\Session\EncryptedStore;
use Illuminate\Session\FileSessionHandler;
use Illuminate\Session\Store;

const ID = 'q7Zt0aB3cD5eF7gH9iJ1kL3mN5oP7qR9sT1uV3wX';
const KEY = '0123456789abcdef0123456789abcdef';

$application = new Container();
Container::setInstance($application);
$encrypter = new Encrypter(KEY, 'AES-256-CBC');

/** Logs in as Laravel does, and keeps what applications keep. */
function visit(Store $session, $id): void
{
    $provider = new class implements UserProvider {
        public function retrieveById($identifier) {}
        public function retrieveByToken($identifier, $token) {}
        public function updateRememberToken($user, $token) {}
        public function retrieveByCredentials(array $credentials) {}
        public function validateCredentials($user, array $credentials) {}
    };
    $session->setId(ID);
    $session->start();
    $guard = new SessionGuard('web', $provider, $session);
    if ($id !== null) {
        $session->put($guard->getName(), $id); // as SessionGuard::updateSession
    }
    $session->put('cart', ['lines' => [['sku' => 'ñandú', 'price' => 1.5, 'gift' => false, 'note' => null]]]);
    $session->put('filter', (object) ['from' => new DateTime('2026-01-01 UTC')]);
    $session->flash('status', 'a:1:{s:50:"login_web_59ba36addc2b2f9401580f014c7f58ea4e30989d";i:2;}');
    $session->save();
}

function store($handler, ?Encrypter $encrypter): Store
{
    return $encrypter ? new EncryptedStore('laravel_session', $handler, $encrypter) : new Store('laravel_session', $handler);
}

$recorded = [];
foreach (['plain' => [null, 1], 'encrypted' => [$encrypter, 1], 'uuid' => [null, '9b2c6f0e-1c2d-4e3f-8a9b-0c1d2e3f4a5b'], 'guest' => [null, null]] as $name => [$keys, $id]) {
    $folder = sys_get_temp_dir() . '/recorded-sessions-' . getmypid();
    mkdir($folder);
    visit(store(new FileSessionHandler(new Filesystem(), $folder, 120), $keys), $id);
    $recorded['file'][$name] = base64_encode(file_get_contents($folder . '/' . ID));
    array_map('unlink', glob($folder . '/*'));
    rmdir($folder);

    $redis = new RedisManager($application, 'phpredis', [
        'options' => ['prefix' => 'laravel_database_'],
        'default' => ['host' => '127.0.0.1', 'port' => (int) $argv[1], 'database' => 3],
    ]);
    $cache = new Repository(new RedisStore($redis, 'laravel_cache', 'default'));
    visit(store(new CacheBasedSessionHandler($cache, 120), $keys), $id);
    $plain = new Redis();
    $plain->connect('127.0.0.1', (int) $argv[1]);
    $plain->select(3);
    $key = $plain->keys('*' . ID)[0];
    $recorded['redis'][$name] = ['key' => $key, 'seconds' => $plain->ttl($key), 'value' => base64_encode($plain->get($key))];
    $plain->flushAll();

    $jar = new CookieJar();
    $handler = new CookieSessionHandler($jar, 120);
    $handler->setRequest(Request::create('/'));
    visit(store($handler, $keys), $id);
    $value = $jar->getQueuedCookies()[0]->getValue();
    $prefix = Illuminate\Cookie\CookieValuePrefix::create(ID, KEY);
    $recorded['cookie'][$name] = ['text' => base64_encode($value), 'cookie' => $encrypter->encrypt($prefix . $value, false)];
}
$recorded['json']['plain'] = base64_encode(json_encode(['_token' => 'x', 'cart' => ['a' => 1], 'login_web_' . sha1(SessionGuard::class) => 1]));
echo json_encode($recorded, JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES), "\n";
