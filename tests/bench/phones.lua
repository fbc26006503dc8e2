-- wrk, with as many threads as connections: each thread is a phone of its own shop, and each of its
-- payments another. BENCH_PHONES has a line "TOKEN DEVICE" per phone, BENCH_RUN tells runs apart.
local started = 0

function setup(thread)
    started = started + 1
    thread:set("phone", started)
end

function init()
    local lines = {}
    for line in os.getenv("BENCH_PHONES"):gmatch("[^\n]+") do
        lines[#lines + 1] = line
    end
    token, device = lines[phone]:match("^(%S+) (%S+)$")
    headers = {
        ["Authorization"] = "Bearer " .. token,
        ["Content-Type"] = "application/json",
        ["Accept"] = "application/json",
    }
    run = os.getenv("BENCH_RUN")
    serial = 0
end

function request()
    serial = serial + 1
    local body = string.format('{"device_id":"%s","source_app":"yape",'
        .. '"title":"Confirmación de Pago",'
        .. '"body":"Yape! Juan Pérez te envió un pago por S/ %d.00. Cód. %s-%d-%d",'
        .. '"amount":%d,"currency":"PEN","payer_name":"Juan Pérez"}',
        device, serial, run, phone, serial, serial)
    return wrk.format("POST", os.getenv("BENCH_PATH"), headers, body)
end

dofile(os.getenv("BENCH_REPORT"))
