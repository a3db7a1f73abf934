-- The shop's production database, as a young company has it: keys and indexes, but no CHECKs,
-- so that anything the application gets wrong stays in. Applied with the schema as search path.

CREATE TABLE customers (
    id                bigint PRIMARY KEY,
    email             text NOT NULL UNIQUE,
    full_name         text NOT NULL,
    phone             text,
    channel           text NOT NULL,
    country           text NOT NULL,
    birth_date        date,
    marketing_consent boolean NOT NULL,
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL
);
CREATE INDEX customers_updated_at ON customers (updated_at);

CREATE TABLE addresses (
    id          bigint PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customers,
    line1       text NOT NULL,
    city        text NOT NULL,
    postal_code text NOT NULL,
    country     text NOT NULL,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL
);
CREATE INDEX addresses_customer_id ON addresses (customer_id);
CREATE INDEX addresses_updated_at ON addresses (updated_at);

CREATE TABLE products (
    id          bigint PRIMARY KEY,
    sku         text NOT NULL UNIQUE,
    name        text NOT NULL,
    category    text NOT NULL,
    description text,
    price       numeric(12, 2) NOT NULL,
    cost        numeric(12, 2) NOT NULL,
    active      boolean NOT NULL,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL
);
CREATE INDEX products_updated_at ON products (updated_at);

CREATE TABLE orders (
    id          bigint PRIMARY KEY,
    customer_id bigint REFERENCES customers,   -- null once the customer has been forgotten
    address_id  bigint REFERENCES addresses,   -- likewise
    status      text NOT NULL,                 -- placed, paid, shipped, delivered, returned
    channel     text NOT NULL,
    coupon      text,
    currency    text NOT NULL,
    shipping    numeric(12, 2) NOT NULL,
    total       numeric(12, 2) NOT NULL,       -- goods less coupon, plus shipping
    placed_at   timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL
);
CREATE INDEX orders_customer_id ON orders (customer_id);
CREATE INDEX orders_address_id ON orders (address_id);
CREATE INDEX orders_updated_at ON orders (updated_at);

CREATE TABLE order_lines (
    id         bigint PRIMARY KEY,
    order_id   bigint NOT NULL REFERENCES orders,
    product_id bigint NOT NULL REFERENCES products,
    quantity   integer NOT NULL,
    unit_price numeric(12, 2) NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX order_lines_order_id ON order_lines (order_id);
CREATE INDEX order_lines_updated_at ON order_lines (updated_at);

CREATE TABLE payments (
    id         bigint PRIMARY KEY,
    order_id   bigint REFERENCES orders,
    method     text NOT NULL,
    status     text NOT NULL,                  -- pending, captured, failed, refunded
    amount     numeric(12, 2) NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX payments_order_id ON payments (order_id);
CREATE INDEX payments_updated_at ON payments (updated_at);

-- What the simulator has done here; a schema without this table is not the simulator's.
CREATE TABLE simulator_history (
    size      text NOT NULL,
    seed      bigint NOT NULL,
    last_day  date NOT NULL,
    days      integer NOT NULL,
    truths    text NOT NULL,
    days_done integer NOT NULL
);
