// SPDX-License-Identifier: MIT
#include "worker/lifecycle/worker_sockets.h"

namespace pregon {
namespace {

Result<UniqueFd> listenHere(const ListenAddress &address, WorkerSockets &sockets) {
    auto socket = listenOn(address);
    if (!socket)
        return failure(socket.error().code, address.text() + ": " + socket.error().reason);
    if (address.isUnix())
        sockets.files.emplace_back(address.path);
    return socket;
}

Result<Done> takeIpc(WorkerSockets &sockets, HandedSocket &handed) {
    if (!handed.address.isUnix() || sockets.ipc.isOpen())
        return failure(Errc::BadRequest, "systemd must hand over one socket named ipc, a "
                                         "Unix-domain one, not " +
                                             handed.address.text());
    sockets.ipc = std::move(handed.socket);
    sockets.ipcAddress = handed.address;
    return Done{};
}

Result<Done> take(WorkerSockets &sockets, HandedSocket &handed) {
    if (handed.name == "ipc")
        return takeIpc(sockets, handed);
    if (handed.name != "ws")
        return failure(Errc::BadRequest, "systemd hands over " + handed.address.text() +
                                             " under the name " + handed.name +
                                             ": FileDescriptorName= must be ws or ipc");
    sockets.ws.push_back(std::move(handed.socket));
    sockets.wsAddresses.push_back(handed.address);
    sockets.outliveUs = true;
    return Done{};
}

Result<Done> openIpc(const AppConfig &config, WorkerSockets &sockets) {
    sockets.ipcAddress = {config.ipcSocket, {}, {}};
    auto socket = listenHere(sockets.ipcAddress, sockets);
    if (!socket)
        return tl::unexpected<Error>(socket.error());
    sockets.ipc = std::move(*socket);
    return Done{};
}

Result<Done> openWs(const AppConfig &config, WorkerSockets &sockets) {
    sockets.wsAddresses = config.wsListen;
    for (const ListenAddress &address : config.wsListen) {
        auto socket = listenHere(address, sockets);
        if (!socket)
            return tl::unexpected<Error>(socket.error());
        sockets.ws.push_back(std::move(*socket));
    }
    return Done{};
}

} // namespace

Result<WorkerSockets> takeWorkerSockets(const std::vector<std::string> &names,
                                        std::vector<UniqueFd> sockets) {
    WorkerSockets taken;
    for (std::size_t i = 0; i < names.size(); i++) {
        auto handed = handedSocket(names[i], std::move(sockets[i]));
        if (!handed)
            return tl::unexpected<Error>(handed.error());
        if (const auto done = take(taken, *handed); !done)
            return tl::unexpected<Error>(done.error());
    }
    if (!taken.ipc.isOpen() || taken.ws.empty())
        return failure(Errc::BadRequest, "no socket to listen on");
    return taken;
}

Result<WorkerSockets> openWorkerSockets(const AppConfig &config, std::vector<HandedSocket> handed) {
    WorkerSockets sockets;
    for (HandedSocket &socket : handed)
        if (const auto taken = take(sockets, socket); !taken)
            return tl::unexpected<Error>(taken.error());
    if (!sockets.ipc.isOpen()) {
        if (const auto opened = openIpc(config, sockets); !opened)
            return tl::unexpected<Error>(opened.error());
    } else {
        warnOfUnheard(config, "PREGON_IPC_SOCKET", {{config.ipcSocket, {}, {}}},
                      {sockets.ipcAddress});
    }
    if (sockets.ws.empty()) {
        if (const auto opened = openWs(config, sockets); !opened)
            return tl::unexpected<Error>(opened.error());
    } else {
        warnOfUnheard(config, "PREGON_WS_LISTEN", config.wsListen, sockets.wsAddresses);
    }
    return sockets;
}

} // namespace pregon
