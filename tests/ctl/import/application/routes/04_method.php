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

//= application ->isParticipant() decides
Broadcast::channel('conversation.{conversation}', function (User $user, Conversation $conversation) {
    return $conversation->isParticipant($user);
});

//= application $user->isOwner() decides
Broadcast::channel('owner', fn ($user) => $user->isOwner());

//= application app() decides
Broadcast::channel('hotel.{id}', function ($user, $id) {
    return app(App\Services\HotelAccess::class)->canAccess($user, $id);
});
