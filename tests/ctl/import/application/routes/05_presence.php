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

//= {"channel":"online","allow":{},"presence":{"user_id":"user.id","user_info":{"id":"id","name":"name"}}}
Broadcast::channel('online', function ($user) {
    return ['id' => $user->id, 'name' => $user->name];
});

//= {"channel":"lobby","allow":{},"presence":{"user_id":"user.id","user_info":{"id":"id","name":"name"}}}
Broadcast::channel('lobby', fn ($user) => $user->toArray());

//= {"channel":"hall.{id}","allow":{},"presence":{"user_id":"user.id","user_info":{"id":"id","name":"name"}}}
Broadcast::channel('hall.{id}', fn ($user, $id) => $user->only('id', 'name'));

//= {"channel":"yard","allow":{},"presence":{"user_id":"user.id","user_info":{"name":"name"}}}
Broadcast::channel('yard', function (User $user) {
    return Arr::only($user->toArray(), ['name']);
});

//= {"channel":"staff.{id}","allow":{"id":"user.company_id"},"presence":{"user_id":"user.id","user_info":{"id":"id","name":"name"}}}
Broadcast::channel('staff.{id}', function ($user, $id) {
    if ((int) $user->company_id !== (int) $id) {
        return false;
    }

    return ['id' => $user->id, 'name' => $user->name];
});

//= application "." is not understood
Broadcast::channel('avatars', fn ($user) => ['id' => $user->id, 'avatar' => '/img/' . $user->id]);

//= application code of the model makes the attribute initials of the user
Broadcast::channel('initials', fn ($user) => ['id' => $user->id, 'name' => $user->initials]);
