<?php
// SPDX-License-Identifier: MIT

namespace App\Models;

use Illuminate\Foundation\Auth\User as Authenticatable;
use Illuminate\Notifications\Notifiable;
use Spatie\Permission\Traits\HasRoles;

class User extends Authenticatable
{
    use HasRoles, Notifiable;

    public const ROLE_ADMIN = 'admin';

    protected $fillable = ['name', 'email'];
    protected $hidden = ['password', 'remember_token'];
    protected $casts = ['is_admin' => 'boolean', 'level' => 'integer'];

    public function teams()
    {
        return $this->belongsToMany(Team::class)->withTimestamps();
    }

    public function branches()
    {
        return $this->belongsToMany(Branch::class, 'branch_user', 'user_id', 'branch_id');
    }

    public function shops()
    {
        return $this->hasMany(Shop::class, 'owner_id');
    }

    public function openTeams()
    {
        return $this->belongsToMany(Team::class)->wherePivot('is_open', true);
    }

    public function getInitialsAttribute()
    {
        return substr($this->name, 0, 1);
    }

    public function isOwner()
    {
        return $this->role === 'owner';
    }
}
