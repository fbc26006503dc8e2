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

//= {"channel":"user.{id}","allow":{"id":"user.id"}}
Broadcast::channel('user.{id}', function ($user, $id) {
    return (int) $user->id === (int) $id;
});

//= {"channel":"App.Models.User.{userId}","allow":{"userId":"user.id"}}
Broadcast::channel('App.Models.User.{userId}', fn (User $user, int $userId): bool => $user->getKey() === $userId);

//= {"channel":"u.{uuid}","allow":{"uuid":"user.uuid"}}
Broadcast::channel('u.{uuid}', function (?User $user, string $uuid) {
    return $user && $user->uuid === $uuid;
});

//= {"channel":"loose.{id}","allow":{"id":"user.id"}}
Broadcast::channel('loose.{id}', static fn ($user, $id) => auth()->check() && $id == Auth::id());

//= {"channel":"text.{id}","allow":{"id":"user.id"}}
Broadcast::channel("text.{id}", function ($user, $id) { return (string) $user->id === $id; });

// With integer keys it is never true, and a rule would open the channel.
//= application === compares id and id
Broadcast::channel('never.{id}', function ($user, $id) {
    return $user->id === $id;
});
