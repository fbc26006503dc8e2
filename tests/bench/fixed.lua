-- wrk: the same POST again and again, as BENCH_PATH, BENCH_TYPE, BENCH_TOKEN and BENCH_BODY say (the
-- environment, since other users can read arguments).
wrk.method = "POST"
wrk.path = os.getenv("BENCH_PATH")
wrk.body = os.getenv("BENCH_BODY")
wrk.headers["Content-Type"] = os.getenv("BENCH_TYPE")
wrk.headers["Accept"] = "application/json"
if os.getenv("BENCH_TOKEN") then
    wrk.headers["Authorization"] = "Bearer " .. os.getenv("BENCH_TOKEN")
end

dofile(os.getenv("BENCH_REPORT"))
