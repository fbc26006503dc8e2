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

//= {"channel":"admin","user":{"role":["admin"]}}
Broadcast::channel('admin', function ($user) {
    return $user->role === 'admin';
});

//= {"channel":"staff","user":{"type":["staff","guest"]}}
Broadcast::channel('staff', fn ($user) => in_array($user->type, ['staff', 'guest']));

//= {"channel":"ana.{id}","user":{"username":["ana"]}}
Broadcast::channel('ana.{id}', fn (User $user, $id) => 'ana' == $user->username);

//= {"channel":"flag","user":{"is_admin":[true]}}
Broadcast::channel('flag', fn ($user) => $user->is_admin === true);

// Rules cannot say what somebody is not.
//= application it lets in whoever is not something
Broadcast::channel('others', fn ($user) => $user->role !== 'admin');
