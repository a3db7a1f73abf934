-- owner: team:growth
-- used by: the revenue sheet of the Monday meeting, refreshed by hand
select
    date_trunc('week', day) as week,
    sum(orders) as orders,
    sum(revenue) as revenue,
    sum(revenue_kept) as revenue_kept
from gold.daily_sales
group by date_trunc('week', day)
order by week
