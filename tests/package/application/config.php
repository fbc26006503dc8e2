<?php
// SPDX-License-Identifier: MIT

// What the application has in use of its .env: as in Laravel that of its cache, if it has one.

$cache = __DIR__ . '/bootstrap/cache/config.php';
if (!is_file($cache)) {
    preg_match_all('/^(REVERB_\w+)="?([^"\n]*)"?$/m', file_get_contents(__DIR__ . '/.env'), $found);
    $env = array_combine($found[1], $found[2]);
    return [
        'app_id' => $env['REVERB_APP_ID'],
        'key' => $env['REVERB_APP_KEY'],
        'secret' => $env['REVERB_APP_SECRET'],
        'options' => [
            'host' => $env['REVERB_HOST'],
            'port' => $env['REVERB_PORT'],
            'scheme' => $env['REVERB_SCHEME'],
        ],
    ];
}
return (require $cache)['broadcasting']['connections']['reverb'];
