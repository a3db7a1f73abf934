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

CREATE TABLE vendors (
    id            bigint PRIMARY KEY,
    name          text NOT NULL,
    email         text NOT NULL,
    country       text NOT NULL,
    lead_days     integer NOT NULL,              -- from order to delivery, as the vendor states it
    terms_days    integer NOT NULL,              -- an invoice is due so many days after its date
    minimum_order numeric(12, 2) NOT NULL,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL
);
CREATE INDEX vendors_updated_at ON vendors (updated_at);

CREATE TABLE products (
    id          bigint PRIMARY KEY,
    sku         text NOT NULL UNIQUE,
    name        text NOT NULL,
    category    text NOT NULL,
    vendor_id   bigint REFERENCES vendors,
    description text,
    price       numeric(12, 2) NOT NULL,
    cost        numeric(12, 2) NOT NULL,
    active      boolean NOT NULL,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL
);
CREATE INDEX products_vendor_id ON products (vendor_id);
CREATE INDEX products_updated_at ON products (updated_at);

-- Emptied and filled by the weekly import of the price list.
CREATE TABLE price_imports (
    sku         text PRIMARY KEY,
    list_price  numeric(12, 2) NOT NULL,
    imported_at timestamptz NOT NULL
);

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

-- Buying, the warehouse, and what is owed to vendors.
CREATE TABLE purchase_orders (
    id         bigint PRIMARY KEY,
    vendor_id  bigint REFERENCES vendors,      -- null once the vendor has been dropped
    status     text NOT NULL,                  -- ordered, part_received, received, closed_short
    ordered_at timestamptz NOT NULL,
    promised   date NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX purchase_orders_vendor_id ON purchase_orders (vendor_id);
CREATE INDEX purchase_orders_updated_at ON purchase_orders (updated_at);

CREATE TABLE purchase_order_lines (
    id                bigint PRIMARY KEY,
    purchase_order_id bigint NOT NULL REFERENCES purchase_orders,
    product_id        bigint NOT NULL REFERENCES products,
    quantity          integer NOT NULL,
    unit_cost         numeric(12, 2) NOT NULL,
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL
);
CREATE INDEX purchase_order_lines_purchase_order_id ON purchase_order_lines (purchase_order_id);
CREATE INDEX purchase_order_lines_product_id ON purchase_order_lines (product_id);
CREATE INDEX purchase_order_lines_updated_at ON purchase_order_lines (updated_at);

-- A row per purchase order line and delivery.
CREATE TABLE goods_receipts (
    id                     bigint PRIMARY KEY,
    purchase_order_line_id bigint NOT NULL REFERENCES purchase_order_lines,
    delivery_note          text NOT NULL,
    quantity               integer NOT NULL,   -- units that came …
    damaged                integer NOT NULL,   -- … and those of them that could not be used
    received_at            timestamptz NOT NULL,
    created_at             timestamptz NOT NULL,
    updated_at             timestamptz NOT NULL
);
CREATE INDEX goods_receipts_purchase_order_line_id ON goods_receipts (purchase_order_line_id);
CREATE INDEX goods_receipts_updated_at ON goods_receipts (updated_at);

CREATE TABLE stock_movements (
    id               bigint PRIMARY KEY,
    product_id       bigint NOT NULL REFERENCES products,
    kind             text NOT NULL,            -- receipt, sale, return, correction
    quantity         integer NOT NULL,         -- negative for what leaves
    goods_receipt_id bigint REFERENCES goods_receipts,
    order_line_id    bigint REFERENCES order_lines,
    reason           text,                     -- of a correction
    moved_at         timestamptz NOT NULL,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL
);
CREATE INDEX stock_movements_product_id ON stock_movements (product_id);
CREATE INDEX stock_movements_updated_at ON stock_movements (updated_at);

CREATE TABLE vendor_invoices (
    id                bigint PRIMARY KEY,
    vendor_id         bigint REFERENCES vendors,           -- null once the vendor has been dropped
    purchase_order_id bigint REFERENCES purchase_orders,   -- null where the vendor names none
    delivery_note     text,
    invoice_number    text NOT NULL,
    invoiced_on       date NOT NULL,
    due_on            date NOT NULL,
    amount            numeric(12, 2) NOT NULL,
    status            text NOT NULL,           -- open, paid
    received_at       timestamptz NOT NULL,
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL
);
CREATE INDEX vendor_invoices_vendor_id ON vendor_invoices (vendor_id);
CREATE INDEX vendor_invoices_purchase_order_id ON vendor_invoices (purchase_order_id);
CREATE INDEX vendor_invoices_updated_at ON vendor_invoices (updated_at);

CREATE TABLE vendor_invoice_lines (
    id                     bigint PRIMARY KEY,
    vendor_invoice_id      bigint NOT NULL REFERENCES vendor_invoices,
    purchase_order_line_id bigint REFERENCES purchase_order_lines,
    quantity               integer NOT NULL,
    unit_price             numeric(12, 2) NOT NULL,
    created_at             timestamptz NOT NULL,
    updated_at             timestamptz NOT NULL
);
CREATE INDEX vendor_invoice_lines_vendor_invoice_id ON vendor_invoice_lines (vendor_invoice_id);
CREATE INDEX vendor_invoice_lines_updated_at ON vendor_invoice_lines (updated_at);

CREATE TABLE vendor_payments (
    id                bigint PRIMARY KEY,
    vendor_invoice_id bigint NOT NULL REFERENCES vendor_invoices,
    amount            numeric(12, 2) NOT NULL,
    paid_at           timestamptz NOT NULL,
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL
);
CREATE INDEX vendor_payments_vendor_invoice_id ON vendor_payments (vendor_invoice_id);
CREATE INDEX vendor_payments_updated_at ON vendor_payments (updated_at);

-- The registries that teams fill in.
CREATE TABLE releases (
    id               bigint PRIMARY KEY,
    component        text NOT NULL,            -- shop_front, shop_back
    version          text NOT NULL,
    title            text NOT NULL,
    team             text NOT NULL,
    feature          text,
    tracked_by       text,                     -- the event that the tracking plan promises for the feature
    planned_adoption numeric(5, 4),
    released_at      timestamptz NOT NULL,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL
);

CREATE TABLE experiments (
    id         bigint PRIMARY KEY,
    name       text NOT NULL UNIQUE,
    hypothesis text NOT NULL,
    guess      numeric(6, 4) NOT NULL,         -- relative effect on the metric, guessed beforehand
    relevant   numeric(6, 4) NOT NULL,         -- the smallest relative effect that would matter
    metric     text NOT NULL,
    guardrails jsonb NOT NULL,
    subject    text NOT NULL,                  -- visitor, customer
    segment    text,
    owner      text NOT NULL,
    share      numeric(5, 4) NOT NULL,         -- of the subjects who are to get the treatment
    status     text NOT NULL,                  -- planned, running, finished
    learned    text,                           -- both written down when it is finished
    follow_up  text,
    starts_at  timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

-- Of customers; visitors are only known to the events.
CREATE TABLE experiment_assignments (
    id            bigint PRIMARY KEY,
    experiment_id bigint NOT NULL REFERENCES experiments,
    customer_id   bigint NOT NULL REFERENCES customers ON DELETE CASCADE,
    variant       text NOT NULL,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL
);
CREATE INDEX experiment_assignments_customer_id ON experiment_assignments (customer_id);
CREATE INDEX experiment_assignments_updated_at ON experiment_assignments (updated_at);

-- What the simulator has done here; a schema without this table is not the simulator's.
CREATE TABLE simulator_history (
    size        text NOT NULL,
    seed        bigint NOT NULL,
    last_day    date NOT NULL,
    days        integer NOT NULL,
    truths      text NOT NULL,
    days_done   integer NOT NULL,
    lived_until bigint NOT NULL                -- microseconds since 1970, once it goes on living; else 0
);
