#include "tests/unit/server/security/tls_fixture.h"

#include <grpcpp/generic/generic_stub.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/security/credentials.h"
#include "server/security/principal.h"

namespace rsca::security {
namespace {

class Answer : public grpc::ServerGenericBidiReactor {
 public:
  explicit Answer(const std::string& principal) {
    Finish(grpc::Status(grpc::StatusCode::ABORTED, principal));
  }
  void OnDone() override { delete this; }
};

}  // namespace

grpc::ServerGenericBidiReactor* WhoAmI::CreateReactor(grpc::GenericCallbackServerContext* context) {
  return new Answer(PrincipalOf(*context->auth_context(), context->peer()));
}

TlsFixture::TlsFixture() {
  std::string name = testing::TempDir() + "rsca-tls-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) ADD_FAILURE() << "no temporary directory";
  dir_ = name;
  MakeAuthority("ca");
  MakeCertificate("server", "ca", "/CN=server", "DNS:localhost");
}

TlsFixture::~TlsFixture() {
  if (server_ != nullptr) {
    server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(10));
  }
  std::filesystem::remove_all(dir_);
}

void TlsFixture::Run(const std::string& command) const {
  const std::string logged = absl::StrCat(command, " >", Path("log"), " 2>&1");
  ASSERT_EQ(std::system(logged.c_str()), 0) << command << "\n" << ReadFile("log");
}

void TlsFixture::MakeAuthority(const std::string& name) const {
  Run(
      absl::StrCat("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
                   "-subj /CN=",
                   name, " -keyout ", Path(name + ".key"), " -out ", Path(name + ".pem")));
}

void TlsFixture::MakeCertificate(const std::string& name, const std::string& authority,
                                 const std::string& subject,
                                 const std::string& alternative_names) const {
  const std::string extension =
      alternative_names.empty() ? "" : absl::StrCat(" -addext subjectAltName=", alternative_names);
  Run(absl::StrCat("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 ",
                   "-addext basicConstraints=critical,CA:FALSE -subj '", subject, "'", extension,
                   " -CA ", Path(authority + ".pem"), " -CAkey ", Path(authority + ".key"),
                   " -keyout ", Path(name + ".key"), " -out ", Path(name + ".pem")));
}

void TlsFixture::Replace(const std::string& name, const std::string& by) const {
  for (const std::string suffix : {".key", ".pem"}) {
    std::filesystem::copy_file(Path(by + suffix), Path("next"));
    std::filesystem::rename(Path("next"), Path(name + suffix));
  }
}

rsca::config::v1::Listener TlsFixture::TlsListener(const std::string& client_ca) const {
  rsca::config::v1::Listener listener;
  listener.set_address("127.0.0.1:0");
  listener.mutable_tls()->set_certificate_file(Path("server.pem"));
  listener.mutable_tls()->set_private_key_file(Path("server.key"));
  if (!client_ca.empty()) listener.mutable_tls()->set_client_ca_file(Path(client_ca + ".pem"));
  return listener;
}

void TlsFixture::Serve(const rsca::config::v1::Listener& listener) {
  const auto credentials = MakeServerCredentials(listener);
  ASSERT_TRUE(credentials.ok()) << credentials.status();
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(listener.address(), *credentials, &port);
  builder.RegisterCallbackGenericService(&service_);
  server_ = builder.BuildAndStart();
  ASSERT_NE(server_, nullptr);
  target_ = absl::StartsWith(listener.address(), "unix:") ? listener.address()
                                                          : absl::StrCat("127.0.0.1:", port);
}

grpc::Status TlsFixture::Call(const std::string& authority, const std::string& client) const {
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = ReadFile(authority + ".pem");
  if (!client.empty()) {
    options.pem_cert_chain = ReadFile(client + ".pem");
    options.pem_private_key = ReadFile(client + ".key");
  }
  return CallWith(grpc::SslCredentials(options));
}

grpc::Status TlsFixture::CallWith(
    const std::shared_ptr<grpc::ChannelCredentials>& credentials) const {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetSslTargetNameOverride("localhost");
  grpc::GenericStub stub(grpc::CreateCustomChannel(target_, credentials, arguments));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
  grpc::CompletionQueue queue;
  const auto call = stub.PrepareUnaryCall(&context, "/any/method", grpc::ByteBuffer(), &queue);
  grpc::ByteBuffer response;
  grpc::Status status;
  call->StartCall();
  call->Finish(&response, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  EXPECT_TRUE(queue.Next(&tag, &ok));
  return status;
}

std::string TlsFixture::ReadFile(const std::string& name) const {
  std::ostringstream text;
  text << std::ifstream(Path(name)).rdbuf();
  return text.str();
}

}  // namespace rsca::security
