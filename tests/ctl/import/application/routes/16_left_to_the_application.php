<?php
// SPDX-License-Identifier: MIT

use App\Models\Conversation;
use App\Models\Membership;
use App\Models\Order;
use App\Models\Task;
use App\Models\Team;
use App\Models\User;
use Illuminate\Support\Arr;
use Illuminate\Support\Facades\Auth;
use Illuminate\Support\Facades\Broadcast;
use Illuminate\Support\Facades\DB;
use Illuminate\Support\Facades\Log;

//= application $user->can() decides
Broadcast::channel('post.{id}', fn ($user, $id) => $user->can('view', $id));

//= application session() decides
Broadcast::channel('two-factor', fn ($user) => session('2fa_passed') === true);

//= application it does something besides deciding
Broadcast::channel('seen', function ($user) {
    event('seen', [$user]);
    return true;
});

//= application the guard admin may be of another table
Broadcast::channel('admins.{id}', fn ($user, $id) => (int) $user->id === (int) $id, ['guards' => ['admin']]);

//= {"channel":"api.{id}","allow":{"id":"user.id"},"guards":["web","sanctum"]}
Broadcast::channel('api.{id}', fn ($user, $id) => (int) $user->id === (int) $id, ['guards' => ['web', 'sanctum']]);

//= application "as" is not understood there
Broadcast::channel('loop.{id}', function ($user, $id) {
    foreach ($user->teams as $team) {
        if ($team->id == $id) {
            return true;
        }
    }
    return false;
});

//= application its user is a App\Models\Admin
Broadcast::channel('other-user', fn (\App\Models\Admin $user) => true);

//= application $secret is unknown
Broadcast::channel('captured.{id}', function ($user, $id) use ($secret) {
    return $id == $secret;
});

//= application it takes more parameters than its pattern has
Broadcast::channel('short.{a}', fn ($user, $a, $b) => true);
