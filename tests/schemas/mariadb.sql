-- The application's tables as its migrations make them in MariaDB 10.11: the columns of
-- postgresql.sql in the types of Laravel's MariaDB grammar.

SET FOREIGN_KEY_CHECKS = 0;

CREATE TABLE users (
    id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
    name varchar(255) NOT NULL,
    email varchar(255) NOT NULL,
    email_verified_at timestamp NULL,
    password varchar(255) NOT NULL,
    remember_token varchar(100) NULL,
    created_at timestamp NULL,
    updated_at timestamp NULL,
    commerce_id bigint unsigned NULL,
    role varchar(255) NOT NULL DEFAULT 'admin',
    UNIQUE KEY users_email_unique (email),
    KEY users_commerce_id_index (commerce_id),
    CONSTRAINT users_commerce_id_foreign FOREIGN KEY (commerce_id)
        REFERENCES commerces (id) ON DELETE SET NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

CREATE TABLE personal_access_tokens (
    id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
    tokenable_type varchar(255) NOT NULL,
    tokenable_id bigint unsigned NOT NULL,
    name varchar(255) NOT NULL,
    token varchar(64) NOT NULL,
    abilities text NULL,
    last_used_at timestamp NULL,
    expires_at timestamp NULL,
    created_at timestamp NULL,
    updated_at timestamp NULL,
    UNIQUE KEY personal_access_tokens_token_unique (token),
    KEY personal_access_tokens_tokenable_type_tokenable_id_index (tokenable_type, tokenable_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

CREATE TABLE sessions (
    id varchar(255) NOT NULL PRIMARY KEY,
    user_id bigint unsigned NULL,
    ip_address varchar(45) NULL,
    user_agent text NULL,
    payload longtext NOT NULL,
    last_activity int NOT NULL,
    KEY sessions_user_id_index (user_id),
    KEY sessions_last_activity_index (last_activity)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

CREATE TABLE commerces (
    id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
    name varchar(255) NOT NULL,
    owner_user_id bigint unsigned NOT NULL,
    created_at timestamp NULL,
    updated_at timestamp NULL,
    KEY commerces_owner_user_id_index (owner_user_id),
    CONSTRAINT commerces_owner_user_id_foreign FOREIGN KEY (owner_user_id)
        REFERENCES users (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

CREATE TABLE devices (
    id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
    user_id bigint unsigned NOT NULL,
    uuid char(36) NOT NULL,
    name varchar(255) NOT NULL,
    platform varchar(255) NOT NULL DEFAULT 'android',
    is_active tinyint(1) NOT NULL DEFAULT 1,
    last_seen_at timestamp NULL,
    created_at timestamp NULL,
    updated_at timestamp NULL,
    commerce_id bigint unsigned NULL,
    alias varchar(255) NULL,
    battery_level int NULL,
    battery_optimization_disabled tinyint(1) NULL,
    notification_permission_enabled tinyint(1) NULL,
    last_heartbeat timestamp NULL,
    UNIQUE KEY devices_uuid_unique (uuid),
    KEY devices_commerce_id_index (commerce_id),
    KEY devices_last_heartbeat_index (last_heartbeat),
    KEY devices_user_id_is_active_index (user_id, is_active),
    CONSTRAINT devices_user_id_foreign FOREIGN KEY (user_id) REFERENCES users (id)
        ON DELETE CASCADE,
    CONSTRAINT devices_commerce_id_foreign FOREIGN KEY (commerce_id) REFERENCES commerces (id)
        ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

CREATE TABLE app_instances (
    id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
    commerce_id bigint unsigned NOT NULL,
    device_id bigint unsigned NOT NULL,
    package_name varchar(255) NOT NULL,
    android_user_id int NOT NULL,
    instance_label varchar(255) NULL,
    created_at timestamp NULL,
    updated_at timestamp NULL,
    UNIQUE KEY unique_app_instance (device_id, package_name, android_user_id),
    KEY app_instances_commerce_id_device_id_index (commerce_id, device_id),
    CONSTRAINT app_instances_commerce_id_foreign FOREIGN KEY (commerce_id)
        REFERENCES commerces (id) ON DELETE CASCADE,
    CONSTRAINT app_instances_device_id_foreign FOREIGN KEY (device_id) REFERENCES devices (id)
        ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

CREATE TABLE notifications (
    id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
    user_id bigint unsigned NOT NULL,
    device_id bigint unsigned NOT NULL,
    source_app varchar(255) NOT NULL,
    title varchar(255) NULL,
    body text NOT NULL,
    amount decimal(10, 2) NULL,
    currency varchar(3) NULL DEFAULT 'PEN',
    payer_name varchar(255) NULL,
    received_at timestamp NOT NULL DEFAULT current_timestamp(),
    raw_json longtext NULL CHECK (json_valid(raw_json)),
    status varchar(255) NOT NULL DEFAULT 'pending',
    is_duplicate tinyint(1) NOT NULL DEFAULT 0,
    created_at timestamp NULL,
    updated_at timestamp NULL,
    commerce_id bigint unsigned NULL,
    package_name varchar(255) NULL,
    android_user_id int NULL,
    android_uid int NULL,
    app_instance_id bigint unsigned NULL,
    posted_at timestamp NULL,
    KEY idx_notification_dedupe (device_id, package_name, android_user_id, received_at),
    KEY notifications_app_instance_id_received_at_index (app_instance_id, received_at),
    KEY notifications_commerce_id_received_at_index (commerce_id, received_at),
    KEY notifications_device_id_received_at_index (device_id, received_at),
    KEY notifications_device_id_source_app_received_at_index (device_id, source_app, received_at),
    KEY notifications_source_app_received_at_index (source_app, received_at),
    KEY notifications_status_received_at_index (status, received_at),
    KEY notifications_user_id_received_at_index (user_id, received_at),
    CONSTRAINT notifications_user_id_foreign FOREIGN KEY (user_id) REFERENCES users (id)
        ON DELETE CASCADE,
    CONSTRAINT notifications_device_id_foreign FOREIGN KEY (device_id) REFERENCES devices (id)
        ON DELETE CASCADE,
    CONSTRAINT notifications_commerce_id_foreign FOREIGN KEY (commerce_id)
        REFERENCES commerces (id) ON DELETE CASCADE,
    CONSTRAINT notifications_app_instance_id_foreign FOREIGN KEY (app_instance_id)
        REFERENCES app_instances (id) ON DELETE SET NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

SET FOREIGN_KEY_CHECKS = 1;
