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

//= {"channel":"branch.{branchId}","query":"SELECT 1 FROM branches JOIN branch_user ON branch_user.branch_id = branches.id WHERE branch_user.user_id = :user.id AND branches.id = :branchId"}
Broadcast::channel('branch.{branchId}', function ($user, $branchId) {
    return $user->branches()->where('branches.id', $branchId)->exists();
});

//= {"channel":"team.{team}","query":"SELECT 1 FROM teams WHERE teams.deleted_at IS NULL AND teams.id = :team AND EXISTS (SELECT 1 FROM users JOIN team_user ON team_user.user_id = users.id WHERE team_user.team_id = teams.id AND users.id = :user.id)"}
Broadcast::channel('team.{team}', fn (User $user, Team $team) => $team->users->contains($user));

//= {"channel":"teams.{teamId}","query":"SELECT 1 FROM teams JOIN team_user ON team_user.team_id = teams.id WHERE teams.deleted_at IS NULL AND team_user.user_id = :user.id AND teams.id = :teamId"}
Broadcast::channel('teams.{teamId}', function ($user, $teamId) {
    return $user->teams->contains('id', $teamId);
});

//= {"channel":"plucked.{teamId}","query":"SELECT 1 FROM teams JOIN team_user ON team_user.team_id = teams.id WHERE teams.deleted_at IS NULL AND team_user.user_id = :user.id AND teams.id = :teamId"}
Broadcast::channel('plucked.{teamId}', function ($user, $teamId) {
    return in_array($teamId, $user->teams()->pluck('teams.id')->toArray());
});

//= {"channel":"room.{roomId}","query":"SELECT 1 FROM memberships WHERE memberships.user_id = :user.id AND memberships.room_id = :roomId"}
Broadcast::channel('room.{roomId}', function ($user, $roomId) {
    return DB::table('memberships')->where('user_id', $user->id)->where('room_id', '=', $roomId)->exists();
});

//= {"channel":"live.{roomId}","query":"SELECT 1 FROM memberships WHERE memberships.room_id = :roomId AND memberships.user_id = :user.id AND memberships.left_at IS NULL"}
Broadcast::channel('live.{roomId}', function ($user, $roomId) {
    return Membership::where(['room_id' => $roomId, 'user_id' => $user->id])->whereNull('left_at')->count() > 0;
});

//= {"channel":"shop.{shopId}","query":"SELECT 1 FROM shops WHERE shops.owner_id = :user.id AND shops.id = :shopId"}
Broadcast::channel('shop.{shopId}', fn ($user, $shopId) => (bool) $user->shops()->find($shopId));

// The relation has a condition of its own.
//= application $user->openTeams() decides
Broadcast::channel('open.{teamId}', fn ($user, $teamId) => $user->openTeams()->where('teams.id', $teamId)->exists());

// A collection knows no column teams.id: it finds nothing.
//= application a collection knows no column
Broadcast::channel('qualified.{teamId}', fn ($user, $teamId) => $user->teams->contains('teams.id', $teamId));

// Of several memberships it looks at the first.
//= application of several rows the closure looks at the first
Broadcast::channel('first.{roomId}', fn ($user, $roomId) => Membership::where('room_id', $roomId)->first()->user_id === $user->id);

// A global scope hides rows.
//= application which rows App\Models\Audit finds: it has a method booted()
Broadcast::channel('audit.{id}', fn ($user, $id) => \App\Models\Audit::where('id', $id)->exists());
