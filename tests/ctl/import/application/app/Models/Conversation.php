<?php
// SPDX-License-Identifier: MIT

namespace App\Models;

use Illuminate\Database\Eloquent\Model;

class Conversation extends Model
{
    public function users()
    {
        return $this->belongsToMany(User::class, 'conversation_user');
    }

    public function isParticipant(User $user)
    {
        return $this->users->contains($user);
    }
}
