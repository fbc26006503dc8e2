// SPDX-License-Identifier: MIT
#pragma once

namespace pregon {

/// The application's tables that Pregón reads or writes, and their indexes, as its migrations make
/// them in SQLite: recorded from the application (docs/spec/README.md).
inline constexpr const char *kEmbeddedSchema[] = {
    R"(CREATE TABLE IF NOT EXISTS "users" ("id" integer primary key autoincrement not null, "name"
       varchar not null, "email" varchar not null, "email_verified_at" datetime, "password" varchar
       not null, "remember_token" varchar, "created_at" datetime, "updated_at" datetime,
       "commerce_id" integer, "role" varchar not null default 'admin', foreign key("commerce_id")
       references "commerces"("id") on delete set null))",
    R"(CREATE INDEX IF NOT EXISTS "users_commerce_id_index" on "users" ("commerce_id"))",
    R"(CREATE UNIQUE INDEX IF NOT EXISTS "users_email_unique" on "users" ("email"))",
    R"(CREATE TABLE IF NOT EXISTS "personal_access_tokens" ("id" integer primary key autoincrement
       not null, "tokenable_type" varchar not null, "tokenable_id" integer not null, "name" varchar
       not null, "token" varchar not null, "abilities" text, "last_used_at" datetime, "expires_at"
       datetime, "created_at" datetime, "updated_at" datetime))",
    R"(CREATE UNIQUE INDEX IF NOT EXISTS "personal_access_tokens_token_unique" on
       "personal_access_tokens" ("token"))",
    R"(CREATE INDEX IF NOT EXISTS "personal_access_tokens_tokenable_type_tokenable_id_index" on
       "personal_access_tokens" ("tokenable_type", "tokenable_id"))",
    R"(CREATE TABLE IF NOT EXISTS "devices" ("id" integer primary key autoincrement not null,
       "user_id" integer not null, "uuid" varchar not null, "name" varchar not null, "platform"
       varchar not null default ('android'), "is_active" tinyint(1) not null default ('1'),
       "last_seen_at" datetime, "created_at" datetime, "updated_at" datetime, "commerce_id"
       integer, "alias" varchar, "battery_level" integer, "battery_optimization_disabled"
       tinyint(1), "notification_permission_enabled" tinyint(1), "last_heartbeat" datetime, foreign
       key("user_id") references users("id") on delete cascade on update no action, foreign
       key("commerce_id") references "commerces"("id") on delete cascade))",
    R"(CREATE INDEX IF NOT EXISTS "devices_commerce_id_index" on "devices" ("commerce_id"))",
    R"(CREATE INDEX IF NOT EXISTS "devices_last_heartbeat_index" on "devices" ("last_heartbeat"))",
    R"(CREATE INDEX IF NOT EXISTS "devices_user_id_is_active_index" on "devices" ("user_id",
       "is_active"))",
    R"(CREATE UNIQUE INDEX IF NOT EXISTS "devices_uuid_unique" on "devices" ("uuid"))",
    R"(CREATE TABLE IF NOT EXISTS "commerces" ("id" integer primary key autoincrement not null,
       "name" varchar not null, "owner_user_id" integer not null, "created_at" datetime,
       "updated_at" datetime, foreign key("owner_user_id") references "users"("id") on delete
       cascade))",
    R"(CREATE INDEX IF NOT EXISTS "commerces_owner_user_id_index" on
       "commerces" ("owner_user_id"))",
    R"(CREATE TABLE IF NOT EXISTS "notifications" ("id" integer primary key autoincrement not null,
       "user_id" integer not null, "device_id" integer not null, "source_app" varchar not null,
       "title" varchar, "body" text not null, "amount" numeric, "currency" varchar default ('PEN'),
       "payer_name" varchar, "received_at" datetime not null, "raw_json" text, "status" varchar not
       null default ('pending'), "is_duplicate" tinyint(1) not null default ('0'), "created_at"
       datetime, "updated_at" datetime, "commerce_id" integer, "package_name" varchar,
       "android_user_id" integer, "android_uid" integer, "app_instance_id" integer, "posted_at"
       datetime, foreign key("device_id") references devices("id") on delete cascade on update no
       action, foreign key("user_id") references users("id") on delete cascade on update no action,
       foreign key("commerce_id") references "commerces"("id") on delete cascade, foreign
       key("app_instance_id") references "app_instances"("id") on delete set null))",
    R"(CREATE INDEX IF NOT EXISTS "idx_notification_dedupe" on "notifications" ("device_id",
       "package_name", "android_user_id", "received_at"))",
    R"(CREATE INDEX IF NOT EXISTS "notifications_app_instance_id_received_at_index" on
       "notifications" ("app_instance_id", "received_at"))",
    R"(CREATE INDEX IF NOT EXISTS "notifications_commerce_id_received_at_index" on "notifications"
       ("commerce_id", "received_at"))",
    R"(CREATE INDEX IF NOT EXISTS "notifications_device_id_received_at_index" on "notifications"
       ("device_id", "received_at"))",
    R"(CREATE INDEX IF NOT EXISTS "notifications_device_id_source_app_received_at_index" on
       "notifications" ("device_id", "source_app", "received_at"))",
    R"(CREATE INDEX IF NOT EXISTS "notifications_source_app_received_at_index" on "notifications"
       ("source_app", "received_at"))",
    R"(CREATE INDEX IF NOT EXISTS "notifications_status_received_at_index" on "notifications"
       ("status", "received_at"))",
    R"(CREATE INDEX IF NOT EXISTS "notifications_user_id_received_at_index" on "notifications"
       ("user_id", "received_at"))",
    R"(CREATE TABLE IF NOT EXISTS "app_instances" ("id" integer primary key autoincrement not null,
       "commerce_id" integer not null, "device_id" integer not null, "package_name" varchar not
       null, "android_user_id" integer not null, "instance_label" varchar, "created_at" datetime,
       "updated_at" datetime, foreign key("commerce_id") references "commerces"("id") on delete
       cascade, foreign key("device_id") references "devices"("id") on delete cascade))",
    R"(CREATE INDEX IF NOT EXISTS "app_instances_commerce_id_device_id_index" on "app_instances"
       ("commerce_id", "device_id"))",
    R"(CREATE INDEX IF NOT EXISTS "app_instances_device_id_package_name_index" on "app_instances"
       ("device_id", "package_name"))",
    R"(CREATE UNIQUE INDEX IF NOT EXISTS "unique_app_instance" on "app_instances" ("device_id",
       "package_name", "android_user_id"))",
    R"(CREATE TABLE IF NOT EXISTS "sessions" ("id" varchar not null, "user_id" integer,
       "ip_address" varchar, "user_agent" text, "payload" text not null, "last_activity" integer
       not null, primary key ("id")))",
    R"(CREATE INDEX IF NOT EXISTS "sessions_last_activity_index" on "sessions" ("last_activity"))",
    R"(CREATE INDEX IF NOT EXISTS "sessions_user_id_index" on "sessions" ("user_id"))",
};

} // namespace pregon
