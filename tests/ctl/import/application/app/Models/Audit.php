<?php
// SPDX-License-Identifier: MIT

namespace App\Models;

use Illuminate\Database\Eloquent\Model;

class Audit extends Model
{
    protected static function booted()
    {
        static::addGlobalScope('visible', fn ($query) => $query->where('is_visible', 1));
    }
}
