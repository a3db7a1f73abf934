-- owner: team:growth
-- used by: the media agency, in the report it receives each month
select
    date_trunc('month', registered.day) as month,
    registered.channel,
    sum(registered.new_customers) as new_customers,
    sum(sold.orders) as orders
from gold.daily_new_customers as registered
left join gold.daily_sales as sold
    on sold.day = registered.day and sold.channel = registered.channel
group by date_trunc('month', registered.day), registered.channel
order by month, registered.channel
