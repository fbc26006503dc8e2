<?php
// SPDX-License-Identifier: MIT

// What a real Laravel (Debian's php-laravel-framework) says of channels: its Broadcaster runs the
// closures of a routes/channels.php over Eloquent models and a SQLite database.
//
// usage: ask-closures.php CHANNELS.php MODELS DATABASE < QUESTIONS
//
// A question is a line: the user's id, a blank, a channel's name without prefix. Its answer is a
// line: `allow`, or `refuse` also for whatever else happens (404, 500).

error_reporting(E_ERROR | E_PARSE);

[, $channels, $models, $database] = $argv;

// Only what the models use of spatie/laravel-permission, over its tables; Debian has no package.
eval(<<<'PHP'
namespace Spatie\Permission\Traits;

use Illuminate\Support\Facades\DB;

trait HasRoles
{
    private function ofMine(string $table)
    {
        return DB::table($table)->where('model_type', static::class)->where('model_id', $this->getKey());
    }

    public function hasRole($roles): bool
    {
        return DB::table('roles')->whereIn('name', (array) $roles)
            ->whereIn('id', $this->ofMine('model_has_roles')->pluck('role_id'))->exists();
    }

    public function hasAnyRole(...$roles): bool
    {
        return $this->hasRole(is_array($roles[0]) ? $roles[0] : $roles);
    }

    public function hasPermissionTo(string $name): bool
    {
        $ids = DB::table('role_has_permissions')
            ->whereIn('role_id', $this->ofMine('model_has_roles')->pluck('role_id'))->pluck('permission_id')
            ->merge($this->ofMine('model_has_permissions')->pluck('permission_id'));

        return DB::table('permissions')->where('name', $name)->where('guard_name', 'web')
            ->whereIn('id', $ids)->exists();
    }
}
PHP);

require '/usr/share/php/Illuminate/autoload.php';
spl_autoload_register(function (string $class) use ($models) {
    $file = $models . '/' . str_replace('\\', '/', substr($class, strlen('App\\Models\\'))) . '.php';
    if (str_starts_with($class, 'App\\Models\\') && is_file($file)) {
        require $file;
    }
});

use Illuminate\Broadcasting\Broadcasters\Broadcaster;
use Illuminate\Container\Container;
use Illuminate\Database\Capsule\Manager;
use Illuminate\Http\Request;
use Illuminate\Support\Facades\Facade;

/** The user that auth(), Auth:: and the request tell. */
final class TheGuard
{
    public $current;

    public function user()
    {
        return $this->current;
    }

    public function id()
    {
        return $this->current->getAuthIdentifier();
    }

    public function check(): bool
    {
        return $this->current !== null;
    }

    public function guard()
    {
        return $this;
    }
}

final class Asked extends Broadcaster
{
    public function auth($request)
    {
        $this->verifyUserCanAccessChannel($request, $request->channel);
    }

    public function validAuthenticationResponse($request, $result)
    {
    }

    public function broadcast(array $channels, $event, array $payload = [])
    {
    }

    public function __call($name, $arguments)
    {
    }
}

$application = new class extends Container {
    public function getNamespace(): string
    {
        return 'App\\';
    }
};
Container::setInstance($application);
Facade::setFacadeApplication($application);
$capsule = new Manager($application);
$capsule->addConnection(['driver' => 'sqlite', 'database' => $database, 'prefix' => '']);
$capsule->setAsGlobal();
$capsule->bootEloquent();
$guard = new TheGuard();
$broadcaster = new Asked();
$application->instance('db', $capsule->getDatabaseManager());
$application->instance('auth', $guard);
$application->instance(Illuminate\Contracts\Auth\Factory::class, $guard);
$application->instance('log', new Psr\Log\NullLogger());
$application->instance(Illuminate\Contracts\Broadcasting\Factory::class, $broadcaster);

require $channels;

while (($line = fgets(STDIN)) !== false) {
    [$id, $channel] = explode(' ', rtrim($line, "\n"), 2);
    $guard->current = App\Models\User::find($id);
    $request = Request::create('/', 'POST', ['channel' => $channel]);
    $request->setUserResolver(fn () => $guard->current);
    try {
        $broadcaster->auth($request);
        echo "allow\n";
    } catch (Throwable) {
        echo "refuse\n";
    }
}
