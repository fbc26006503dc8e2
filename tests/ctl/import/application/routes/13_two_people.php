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

//= {"channel":"conversation.{id}","query":"SELECT 1 FROM conversations WHERE conversations.id = :id AND (conversations.user_one_id = :user.id OR conversations.user_two_id = :user.id)"}
Broadcast::channel('conversation.{id}', function ($user, $id) {
    $c = Conversation::find($id);

    return $c && in_array($user->id, [$c->user_one_id, $c->user_two_id]);
});

//= {"channel":"bound.{conversation}","query":"SELECT 1 FROM conversations WHERE conversations.id = :conversation AND (conversations.user_one_id = :user.id OR conversations.user_two_id = :user.id)"}
Broadcast::channel('bound.{conversation}', fn (User $user, Conversation $conversation) => $conversation->user_one_id === $user->id || $conversation->user_two_id === $user->id);

//= {"channel":"grouped.{id}","query":"SELECT 1 FROM conversations WHERE conversations.id = :id AND (conversations.user_one_id = :user.id OR conversations.user_two_id = :user.id)"}
Broadcast::channel('grouped.{id}', function ($user, $id) {
    return Conversation::where('id', $id)->where(function ($query) use ($user) {
        $query->where('user_one_id', $user->id)->orWhere('user_two_id', $user->id);
    })->exists();
});
