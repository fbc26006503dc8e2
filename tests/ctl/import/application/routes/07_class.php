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

//= application the class App\Broadcasting\OrderChannel decides
Broadcast::channel('order.{order}', App\Broadcasting\OrderChannel::class);

//= application the class \App\Broadcasting\ChatChannel decides
Broadcast::channel('chat.{id}', \App\Broadcasting\ChatChannel::class);

//= application its callback is no closure
Broadcast::channel('game.{id}', [App\Broadcasting\GameChannel::class, 'join']);
