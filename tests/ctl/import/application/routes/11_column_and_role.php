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

//= {"channel":"company.{id}.admin","allow":{"id":"user.company_id"},"user":{"role":["admin"]}}
Broadcast::channel('company.{id}.admin', function ($user, $id) {
    return (int) $user->company_id === (int) $id && $user->role === 'admin';
});

//= {"channel":"own.{id}","allow":{"id":"user.id"},"user":{"type":["staff"]}}
Broadcast::channel('own.{id}', fn (User $user, int $id) => $user->type === 'staff' && $user->id === $id);

//= {"channel":"kitchen.{id}","allow":{"id":"user.branch_id"},"query":"SELECT 1 FROM model_has_roles m JOIN roles r ON r.id = m.role_id WHERE m.model_id = :user.id AND m.model_type LIKE 'App_Models_User' AND r.name IN ('kitchen')"}
Broadcast::channel('kitchen.{id}', function ($user, $id) {
    abort_unless($user->hasRole('kitchen'), 403);

    return $user->branch_id == $id;
});
