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

//= {"channel":"task.{taskId}","query":"SELECT 1 FROM tasks WHERE tasks.id = :taskId AND EXISTS (SELECT 1 FROM teams JOIN team_user ON team_user.team_id = teams.id WHERE teams.deleted_at IS NULL AND team_user.user_id = :user.id AND teams.id = tasks.team_id)"}
Broadcast::channel('task.{taskId}', function ($user, $taskId) {
    $task = Task::find($taskId);

    return $task && $user->teams()->where('teams.id', $task->team_id)->exists();
});

//= {"channel":"tenant-task.{task}","query":"SELECT 1 FROM tasks WHERE tasks.id = :task AND tasks.tenant_id = :user.tenant_id"}
Broadcast::channel('tenant-task.{task}', fn (User $user, Task $task) => $user->tenant_id === $task->tenant_id);

//= {"channel":"team-task.{taskId}","query":"SELECT 1 FROM tasks WHERE tasks.id = :taskId AND EXISTS (SELECT 1 FROM teams WHERE teams.deleted_at IS NULL AND teams.id = tasks.team_id) AND EXISTS (SELECT 1 FROM teams WHERE teams.deleted_at IS NULL AND teams.id = tasks.team_id AND EXISTS (SELECT 1 FROM users JOIN team_user ON team_user.user_id = users.id WHERE team_user.team_id = teams.id AND users.id = :user.id))"}
Broadcast::channel('team-task.{taskId}', function ($user, $taskId) {
    $task = Task::findOrFail($taskId);
    $team = Team::find($task->team_id);
    if (! $team) {
        return false;
    }
    return $team->users()->where('users.id', $user->id)->exists();
});
