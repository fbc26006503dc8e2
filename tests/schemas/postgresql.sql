-- The application's tables as its migrations make them in PostgreSQL 15.

CREATE TABLE app_instances (
    id bigint NOT NULL,
    commerce_id bigint NOT NULL,
    device_id bigint NOT NULL,
    package_name character varying(255) NOT NULL,
    android_user_id integer NOT NULL,
    instance_label character varying(255),
    created_at timestamp(0) without time zone,
    updated_at timestamp(0) without time zone
);

CREATE SEQUENCE app_instances_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE app_instances_id_seq OWNED BY app_instances.id;

CREATE TABLE commerces (
    id bigint NOT NULL,
    name character varying(255) NOT NULL,
    owner_user_id bigint NOT NULL,
    created_at timestamp(0) without time zone,
    updated_at timestamp(0) without time zone
);

CREATE SEQUENCE commerces_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE commerces_id_seq OWNED BY commerces.id;

CREATE TABLE devices (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    uuid uuid NOT NULL,
    name character varying(255) NOT NULL,
    platform character varying(255) DEFAULT 'android'::character varying NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    last_seen_at timestamp(0) without time zone,
    created_at timestamp(0) without time zone,
    updated_at timestamp(0) without time zone,
    commerce_id bigint,
    alias character varying(255),
    battery_level integer,
    battery_optimization_disabled boolean,
    notification_permission_enabled boolean,
    last_heartbeat timestamp(0) without time zone
);

CREATE SEQUENCE devices_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE devices_id_seq OWNED BY devices.id;

CREATE TABLE notifications (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    device_id bigint NOT NULL,
    source_app character varying(255) NOT NULL,
    title character varying(255),
    body text NOT NULL,
    amount numeric(10,2),
    currency character varying(3) DEFAULT 'PEN'::character varying,
    payer_name character varying(255),
    received_at timestamp(0) without time zone NOT NULL,
    raw_json json,
    status character varying(255) DEFAULT 'pending'::character varying NOT NULL,
    is_duplicate boolean DEFAULT false NOT NULL,
    created_at timestamp(0) without time zone,
    updated_at timestamp(0) without time zone,
    commerce_id bigint,
    package_name character varying(255),
    android_user_id integer,
    android_uid integer,
    app_instance_id bigint,
    posted_at timestamp(0) without time zone
);

CREATE SEQUENCE notifications_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE notifications_id_seq OWNED BY notifications.id;

CREATE TABLE personal_access_tokens (
    id bigint NOT NULL,
    tokenable_type character varying(255) NOT NULL,
    tokenable_id bigint NOT NULL,
    name character varying(255) NOT NULL,
    token character varying(64) NOT NULL,
    abilities text,
    last_used_at timestamp(0) without time zone,
    expires_at timestamp(0) without time zone,
    created_at timestamp(0) without time zone,
    updated_at timestamp(0) without time zone
);

CREATE SEQUENCE personal_access_tokens_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE personal_access_tokens_id_seq OWNED BY personal_access_tokens.id;

CREATE TABLE sessions (
    id character varying(255) NOT NULL,
    user_id bigint,
    ip_address character varying(45),
    user_agent text,
    payload text NOT NULL,
    last_activity integer NOT NULL
);

CREATE TABLE users (
    id bigint NOT NULL,
    name character varying(255) NOT NULL,
    email character varying(255) NOT NULL,
    email_verified_at timestamp(0) without time zone,
    password character varying(255) NOT NULL,
    remember_token character varying(100),
    created_at timestamp(0) without time zone,
    updated_at timestamp(0) without time zone,
    commerce_id bigint,
    role character varying(255) DEFAULT 'admin'::character varying NOT NULL
);

CREATE SEQUENCE users_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE users_id_seq OWNED BY users.id;

ALTER TABLE ONLY app_instances ALTER COLUMN id SET DEFAULT nextval('app_instances_id_seq'::regclass);

ALTER TABLE ONLY commerces ALTER COLUMN id SET DEFAULT nextval('commerces_id_seq'::regclass);

ALTER TABLE ONLY devices ALTER COLUMN id SET DEFAULT nextval('devices_id_seq'::regclass);

ALTER TABLE ONLY notifications ALTER COLUMN id SET DEFAULT nextval('notifications_id_seq'::regclass);

ALTER TABLE ONLY personal_access_tokens ALTER COLUMN id SET DEFAULT nextval('personal_access_tokens_id_seq'::regclass);

ALTER TABLE ONLY users ALTER COLUMN id SET DEFAULT nextval('users_id_seq'::regclass);

ALTER TABLE ONLY app_instances
    ADD CONSTRAINT app_instances_pkey PRIMARY KEY (id);

ALTER TABLE ONLY commerces
    ADD CONSTRAINT commerces_pkey PRIMARY KEY (id);

ALTER TABLE ONLY devices
    ADD CONSTRAINT devices_pkey PRIMARY KEY (id);

ALTER TABLE ONLY devices
    ADD CONSTRAINT devices_uuid_unique UNIQUE (uuid);

ALTER TABLE ONLY notifications
    ADD CONSTRAINT notifications_pkey PRIMARY KEY (id);

ALTER TABLE ONLY personal_access_tokens
    ADD CONSTRAINT personal_access_tokens_pkey PRIMARY KEY (id);

ALTER TABLE ONLY personal_access_tokens
    ADD CONSTRAINT personal_access_tokens_token_unique UNIQUE (token);

ALTER TABLE ONLY sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY app_instances
    ADD CONSTRAINT unique_app_instance UNIQUE (device_id, package_name, android_user_id);

ALTER TABLE ONLY users
    ADD CONSTRAINT users_email_unique UNIQUE (email);

ALTER TABLE ONLY users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);

CREATE INDEX app_instances_commerce_id_device_id_index ON app_instances USING btree (commerce_id, device_id);

CREATE INDEX app_instances_device_id_package_name_index ON app_instances USING btree (device_id, package_name);

CREATE INDEX commerces_owner_user_id_index ON commerces USING btree (owner_user_id);

CREATE INDEX devices_commerce_id_index ON devices USING btree (commerce_id);

CREATE INDEX devices_last_heartbeat_index ON devices USING btree (last_heartbeat);

CREATE INDEX devices_user_id_is_active_index ON devices USING btree (user_id, is_active);

CREATE INDEX idx_notification_dedupe ON notifications USING btree (device_id, package_name, android_user_id, received_at);

CREATE INDEX notifications_app_instance_id_received_at_index ON notifications USING btree (app_instance_id, received_at);

CREATE INDEX notifications_commerce_id_received_at_index ON notifications USING btree (commerce_id, received_at);

CREATE INDEX notifications_device_id_received_at_index ON notifications USING btree (device_id, received_at);

CREATE INDEX notifications_device_id_source_app_received_at_index ON notifications USING btree (device_id, source_app, received_at);

CREATE INDEX notifications_source_app_received_at_index ON notifications USING btree (source_app, received_at);

CREATE INDEX notifications_status_received_at_index ON notifications USING btree (status, received_at);

CREATE INDEX notifications_user_id_received_at_index ON notifications USING btree (user_id, received_at);

CREATE INDEX personal_access_tokens_tokenable_type_tokenable_id_index ON personal_access_tokens USING btree (tokenable_type, tokenable_id);

CREATE INDEX sessions_last_activity_index ON sessions USING btree (last_activity);

CREATE INDEX sessions_user_id_index ON sessions USING btree (user_id);

CREATE INDEX users_commerce_id_index ON users USING btree (commerce_id);

ALTER TABLE ONLY app_instances
    ADD CONSTRAINT app_instances_commerce_id_foreign FOREIGN KEY (commerce_id) REFERENCES commerces(id) ON DELETE CASCADE;

ALTER TABLE ONLY app_instances
    ADD CONSTRAINT app_instances_device_id_foreign FOREIGN KEY (device_id) REFERENCES devices(id) ON DELETE CASCADE;

ALTER TABLE ONLY commerces
    ADD CONSTRAINT commerces_owner_user_id_foreign FOREIGN KEY (owner_user_id) REFERENCES users(id) ON DELETE CASCADE;

ALTER TABLE ONLY devices
    ADD CONSTRAINT devices_commerce_id_foreign FOREIGN KEY (commerce_id) REFERENCES commerces(id) ON DELETE CASCADE;

ALTER TABLE ONLY devices
    ADD CONSTRAINT devices_user_id_foreign FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;

ALTER TABLE ONLY notifications
    ADD CONSTRAINT notifications_app_instance_id_foreign FOREIGN KEY (app_instance_id) REFERENCES app_instances(id) ON DELETE SET NULL;

ALTER TABLE ONLY notifications
    ADD CONSTRAINT notifications_commerce_id_foreign FOREIGN KEY (commerce_id) REFERENCES commerces(id) ON DELETE CASCADE;

ALTER TABLE ONLY notifications
    ADD CONSTRAINT notifications_device_id_foreign FOREIGN KEY (device_id) REFERENCES devices(id) ON DELETE CASCADE;

ALTER TABLE ONLY notifications
    ADD CONSTRAINT notifications_user_id_foreign FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;

ALTER TABLE ONLY users
    ADD CONSTRAINT users_commerce_id_foreign FOREIGN KEY (commerce_id) REFERENCES commerces(id) ON DELETE SET NULL;

