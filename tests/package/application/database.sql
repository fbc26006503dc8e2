-- The application's tables that Pregón shares, one of its own, and a shop with a phone. The token is
-- `1|token-of-the-guides`.
PRAGMA journal_mode = WAL;
CREATE TABLE orders (id integer primary key autoincrement not null);
CREATE TABLE users (id integer primary key autoincrement not null, name varchar not null,
    email varchar not null unique, email_verified_at datetime, password varchar not null,
    remember_token varchar, created_at datetime, updated_at datetime, commerce_id integer,
    role varchar not null default 'admin');
CREATE TABLE personal_access_tokens (id integer primary key autoincrement not null,
    tokenable_type varchar not null, tokenable_id integer not null, name varchar not null,
    token varchar not null unique, abilities text, last_used_at datetime, expires_at datetime,
    created_at datetime, updated_at datetime);
CREATE TABLE devices (id integer primary key autoincrement not null, user_id integer not null,
    uuid varchar not null unique, name varchar not null, platform varchar not null default 'android',
    is_active tinyint(1) not null default '1', last_seen_at datetime, created_at datetime,
    updated_at datetime, commerce_id integer, alias varchar, battery_level integer,
    battery_optimization_disabled tinyint(1), notification_permission_enabled tinyint(1),
    last_heartbeat datetime);
CREATE TABLE commerces (id integer primary key autoincrement not null, name varchar not null,
    owner_user_id integer not null, created_at datetime, updated_at datetime);
CREATE TABLE notifications (id integer primary key autoincrement not null, user_id integer not null,
    device_id integer not null, source_app varchar not null, title varchar, body text not null,
    amount numeric, currency varchar default 'PEN', payer_name varchar, received_at datetime not null,
    raw_json text, status varchar not null default 'pending',
    is_duplicate tinyint(1) not null default '0', created_at datetime, updated_at datetime,
    commerce_id integer, package_name varchar, android_user_id integer, android_uid integer,
    app_instance_id integer, posted_at datetime);
CREATE TABLE app_instances (id integer primary key autoincrement not null,
    commerce_id integer not null, device_id integer not null, package_name varchar not null,
    android_user_id integer not null, instance_label varchar, created_at datetime,
    updated_at datetime, unique (device_id, package_name, android_user_id));
CREATE TABLE sessions (id varchar not null primary key, user_id integer, ip_address varchar,
    user_agent text, payload text not null, last_activity integer not null);
INSERT INTO users (id, name, email, password, commerce_id) VALUES (1, 'Ana', 'ana@example.com', '!', 1);
INSERT INTO commerces (id, name, owner_user_id) VALUES (1, 'Bodega Sur', 1);
INSERT INTO devices (user_id, uuid, name, commerce_id, alias)
    VALUES (1, 'f4884a60-dcc8-41e5-a210-2954de5fbe74', 'Phone', 1, 'Caja 1');
INSERT INTO personal_access_tokens (tokenable_type, tokenable_id, name, token, abilities)
    VALUES ('App\Models\User', 1, 'phone', '6df9df45941d5fefe165404783e22001a713b297c6366f90d2fb7a6241d0ab9e', '["*"]');
