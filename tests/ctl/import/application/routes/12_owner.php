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

//= {"channel":"order.{orderId}","query":"SELECT 1 FROM orders WHERE orders.deleted_at IS NULL AND orders.id = :orderId AND orders.user_id = :user.id"}
Broadcast::channel('order.{orderId}', function (User $user, int $orderId) {
    return $user->id === Order::findOrNew($orderId)->user_id;
});

//= {"channel":"bound.{order}","query":"SELECT 1 FROM orders WHERE orders.deleted_at IS NULL AND orders.id = :order AND orders.user_id = :user.id"}
Broadcast::channel('bound.{order}', fn (User $user, Order $order): bool => $order->user_id == $user->id);

//= {"channel":"checked.{id}","query":"SELECT 1 FROM orders WHERE orders.deleted_at IS NULL AND orders.id = :id AND orders.user_id = :user.id"}
Broadcast::channel('checked.{id}', function ($user, $id) {
    $order = Order::where('id', $id)->first();
    if (! $order) {
        return false;
    }

    return (int) $order->user_id === (int) $user->id;
});

// Models are bound by name: $purchase is not {order}.
//= application Laravel binds models by name, and $purchase is not {order}
Broadcast::channel('misnamed.{order}', fn ($user, Order $purchase) => $purchase->user_id === $user->id);
