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

//= {"channel":"notifications","allow":{}}
Broadcast::channel('notifications', function () {
    return true;
});

//= {"channel":"project.{projectId}","allow":{}}
Broadcast::channel('project.{projectId}', fn ($user, $projectId) => ! is_null($user));

//= {"channel":"store.{storeId}.orders","allow":{}}
Broadcast::channel('store.{storeId}.orders', function (User $user, $storeId) {
    // everybody
    Log::info("user {$user->id} joins", ['store' => $storeId]);

    return $user !== null;
});

//= {"channel":"checked","allow":{}}
Broadcast::channel('checked', fn () => Auth::check());
