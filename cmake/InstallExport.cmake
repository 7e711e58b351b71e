# `cmake --install` puts the program, the layers and a package file in place, so that another project can say
#   find_package(cxrnet REQUIRED COMPONENTS nn)
#   target_link_libraries(app PRIVATE cxrnet::nn)
# tests/consumer is such a project. Layers and the interface targets they need join the export set where they are
# defined (Layer.cmake, Dependencies.cmake).
include(CMakePackageConfigHelpers)
set(cxrnet_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/cxrnet)

configure_package_config_file(
  ${CMAKE_CURRENT_LIST_DIR}/cxrnet-config.cmake.in ${PROJECT_BINARY_DIR}/cxrnet-config.cmake
  INSTALL_DESTINATION ${cxrnet_package_dir}
  NO_SET_AND_CHECK_MACRO)
# Before 1.0 a minor version may change the interface.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/cxrnet-config-version.cmake COMPATIBILITY SameMinorVersion)

install(EXPORT cxrnet-targets NAMESPACE cxrnet:: DESTINATION ${cxrnet_package_dir})
install(
  FILES ${PROJECT_BINARY_DIR}/cxrnet-config.cmake ${PROJECT_BINARY_DIR}/cxrnet-config-version.cmake
  DESTINATION ${cxrnet_package_dir})
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES ${PROJECT_SOURCE_DIR}/models/cxrnet-default.safetensors
        DESTINATION ${CMAKE_INSTALL_DATADIR}/cxrnet/models OPTIONAL)
