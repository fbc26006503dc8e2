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

//= {"channel":"branch.{branchId}","any":[{"user":{"role":["super_admin"]}},{"allow":{"branchId":"user.branch_id"}}]}
Broadcast::channel('branch.{branchId}', function ($user, $branchId) {
    return $user->role === 'super_admin' || (int) $user->branch_id === (int) $branchId;
});

//= {"channel":"company.{id}","any":[{"user":{"role":["admin"]}},{"allow":{"id":"user.company_id"}}]}
Broadcast::channel('company.{id}', function (User $user, $id) {
    if ($user->role == User::ROLE_ADMIN) {
        return true;
    }

    return $user->company_id == $id;
});

//= {"channel":"tenant.{id}","any":[{"user":{"role":["admin","manager"]}},{"user":{"is_admin":[true]}},{"allow":{"id":"user.tenant_id"}}]}
Broadcast::channel('tenant.{id}', fn ($user, $id) => in_array($user->role, ['admin', 'manager'], true)
    || $user->is_admin
    || (int) $user->tenant_id === (int) $id);
