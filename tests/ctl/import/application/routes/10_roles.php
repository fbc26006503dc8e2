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

//= {"channel":"kitchen","query":"SELECT 1 FROM model_has_roles m JOIN roles r ON r.id = m.role_id WHERE m.model_id = :user.id AND m.model_type LIKE 'App_Models_User' AND r.name IN ('kitchen', 'admin')"}
Broadcast::channel('kitchen', fn ($user) => $user->hasAnyRole(['kitchen', 'admin']));

//= {"channel":"admin","query":"SELECT 1 FROM model_has_roles m JOIN roles r ON r.id = m.role_id WHERE m.model_id = :user.id AND m.model_type LIKE 'App_Models_User' AND r.name IN ('admin')"}
Broadcast::channel('admin', function ($user) {
    return $user->hasRole('admin') ? true : false;
});

//= {"channel":"audit","query":"SELECT 1 FROM permissions p WHERE p.guard_name = 'web' AND p.name IN ('audit.view') AND (EXISTS (SELECT 1 FROM model_has_permissions m WHERE m.permission_id = p.id AND m.model_id = :user.id AND m.model_type LIKE 'App_Models_User') OR EXISTS (SELECT 1 FROM role_has_permissions h JOIN model_has_roles m ON m.role_id = h.role_id WHERE h.permission_id = p.id AND m.model_id = :user.id AND m.model_type LIKE 'App_Models_User'))"}
Broadcast::channel('audit', fn (User $user) => $user->hasPermissionTo('audit.view'));

// Gates and policies may say more than a permission.
//= application $user->can() decides
Broadcast::channel('gate', fn ($user) => $user->can('audit.view'));
