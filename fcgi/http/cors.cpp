// SPDX-License-Identifier: MIT
#include "fcgi/http/cors.h"

#include "shared/log/log.h"
#include "shared/protocol/origin_rules.h"

namespace pregon {

bool Cors::isPreflight(const HttpRequest &request) const {
    return request.method == "OPTIONS" &&
           (!origins_.empty() || !request.header("HTTP_ACCESS_CONTROL_REQUEST_METHOD").empty());
}

HttpResponse Cors::preflight() const {
    if (origins_.empty())
        return {204, "", "", {}};
    return {204,
            "",
            "",
            {{"Access-Control-Allow-Methods", "GET, POST, PATCH"},
             {"Access-Control-Allow-Headers", "Authorization, Content-Type, X-CSRF-TOKEN, "
                                              "X-Requested-With, X-Socket-ID, X-XSRF-TOKEN"},
             {"Access-Control-Max-Age", "3600"}}};
}

void Cors::addTo(HttpResponse &response, const HttpRequest &request) const {
    if (origins_.empty())
        return;
    response.headers.emplace_back("Vary", "Origin");
    const std::string_view origin = request.header("HTTP_ORIGIN");
    if (origin.empty())
        return;
    if (!isOriginAllowed(origin, origins_, false)) {
        log(LogLevel::Info, "cors refused",
            {{"path", request.path},
             {"origin", origin.substr(0, 200)},
             {"address", request.clientAddress}});
        return;
    }
    response.headers.emplace_back("Access-Control-Allow-Origin", origin);
    if (credentials_)
        response.headers.emplace_back("Access-Control-Allow-Credentials", "true");
}

} // namespace pregon
