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

//= {"channel":"company.{companyId}","allow":{"companyId":"user.company_id"}}
Broadcast::channel('company.{companyId}', function ($user, $companyId) {
    return (int) $user->company_id === (int) $companyId;
});

//= {"channel":"tenant.{tenantId}","allow":{"tenantId":"user.tenant_id"}}
Broadcast::channel('tenant.{tenantId}', fn (User $user, int $tenantId) => $user->tenant_id === $tenantId);

//= {"channel":"branch.{id}.orders","allow":{"id":"user.branch_id"}}
Broadcast::channel('branch.{id}.orders', function ($user, $id) {
    if ($user->branch_id != $id) return false;
    return true;
});

// Text and whole number at once: what the column holds is not known here.
//= application === compares level and level
Broadcast::channel('level.{level}', fn ($user, $level) => $user->level === $level);
