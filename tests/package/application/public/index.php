<?php
// SPDX-License-Identifier: MIT

// A Laravel-shaped application for the tests of the shipped sites and of the guides: it answers every
// path that Pregón leaves to it with what it was asked, decides who may join a channel, and writes to
// its SQLite file.

$application = dirname(__DIR__);
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
$isPost = $_SERVER['REQUEST_METHOD'] === 'POST';

function answer(int $status, array $body): never
{
    http_response_code($status);
    header('Content-Type: application/json');
    exit(json_encode($body));
}

// As Broadcast::routes() with a session, of a secure cookie and its token against forged requests, and
// below /api with Sanctum's tokens.
if ($isPost && in_array($path, ['/broadcasting/auth', '/api/broadcasting/auth'])) {
    $config = require "$application/config.php";
    $channel = $_POST['channel_name'] ?? '';
    $isSecure = ($_SERVER['HTTPS'] ?? '') === 'on' && $_SERVER['HTTP_HOST'] === 'example.com';
    $hasSession = ($_COOKIE['laravel_session'] ?? '') === 'signed-in';
    $hasToken = ($_SERVER['HTTP_AUTHORIZATION'] ?? '') === 'Bearer 1|token-of-the-guides';
    $isApi = str_starts_with($path, '/api/');
    if (!$isSecure || !($isApi ? $hasToken : $hasSession))
        answer(401, ['message' => 'Unauthenticated.']);
    if (!$isApi && ($_SERVER['HTTP_X_CSRF_TOKEN'] ?? '') !== 'of-this-page')
        answer(419, ['message' => 'CSRF token mismatch.']);
    if ($channel !== 'private-orders.1')
        answer(403, ['message' => '']);
    $signature = hash_hmac('sha256', "{$_POST['socket_id']}:$channel", $config['secret']);
    answer(200, ['auth' => "{$config['key']}:$signature"]);
}

if ($isPost && $path === '/orders') {
    $command = ['sqlite3', '-cmd', '.timeout 5000', "$application/database/database.sqlite"];
    $statement = 'INSERT INTO orders DEFAULT VALUES; SELECT count(*) FROM orders';
    exec(implode(' ', array_map('escapeshellarg', [...$command, $statement])) . ' 2>&1', $said, $status);
    answer($status === 0 ? 201 : 500, ['said' => implode("\n", $said)]);
}

answer(200, ['uri' => $_SERVER['REQUEST_URI'], 'https' => $_SERVER['HTTPS'] ?? '']);
