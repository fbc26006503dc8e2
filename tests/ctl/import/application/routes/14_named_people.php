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

//= {"channel":"chat.{a}.{b}","any":[{"allow":{"a":"user.id"}},{"allow":{"b":"user.id"}}]}
Broadcast::channel('chat.{a}.{b}', fn ($user, $a, $b) => (int) $user->id === (int) $a || (int) $user->id === (int) $b);

//= {"channel":"dm.{a}-{b}","any":[{"allow":{"a":"user.id"}},{"allow":{"b":"user.id"}}]}
Broadcast::channel('dm.{a}-{b}', function ($user, $a, $b) {
    return in_array($user->id, [$a, $b]);
});

//= {"channel":"pair.{pair1}-{pair2}-{pair3}","fallback":true}
//= {"channel":"pair.{pair1}--{pair2}","fallback":true}
//= {"channel":"pair.-{pair1}-{pair2}","fallback":true}
//= {"channel":"pair.{pair1}-{pair2}","any":[{"allow":{"pair1":"user.id"}},{"allow":{"pair2":"user.id"}}]}
//= {"channel":"pair.{pair}","fallback":true}
Broadcast::channel('pair.{pair}', function ($user, $pair) {
    [$first, $second] = explode('-', $pair);

    return (int) $user->id === (int) $first || (int) $user->id === (int) $second;
});

//= {"channel":"both.{ids1}_{ids2}_{ids3}","fallback":true}
//= {"channel":"both.{ids1}__{ids2}","fallback":true}
//= {"channel":"both._{ids1}_{ids2}","fallback":true}
//= {"channel":"both.{ids1}_{ids2}","any":[{"allow":{"ids1":"user.id"}},{"allow":{"ids2":"user.id"}}]}
//= {"channel":"both.{ids}","fallback":true}
Broadcast::channel('both.{ids}', fn ($user, $ids) => in_array($user->id, explode('_', $ids)));
